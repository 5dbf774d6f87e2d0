import { setTimeout as delay } from "node:timers/promises";
import { type Child, startChild } from "./child.js";
import type { FleetProcess, FleetSettings } from "./fleet/instances.js";
import type { BenchOptions } from "./options.js";
import type { Stage } from "./stage.js";
import { growth, median, quantile } from "./statistics.js";

/** What a fleet of one size was measured at. */
export type FleetFigures = {
  instances: number;
  /** When nothing happens: per second, and CPU as a share of one core. */
  idle: { updates: number; events: number; databaseCpu: number; nodeCpu: number; connections: number };
  /** One user after the other logged out everywhere; CPU in milliseconds a revocation, what idling costs taken off. */
  revocation: { count: number; p50Ms: number; p99Ms: number; databaseMs: number; nodeMs: number; events: number };
};

export type FleetSeries = { beatMs: number; leaseMs: number; sizes: FleetFigures[]; growth: FleetGrowth };

/** With which power of the number of instances each grows: 1 in proportion, 2 with the square. */
export type FleetGrowth = Record<
  "updates" | "events" | "databaseCpu" | "nodeCpu" | "revocationEvents" | "revocationMs",
  number
>;

export type FleetResult = { processes: number; idleSeconds: number; series: FleetSeries[] };

const sizes = [1, 3, 10, 30];
const settings = [
  { beatMs: 250, leaseMs: 1_000 },
  { beatMs: 1_000, leaseMs: 4_000 },
];
const processes = 3;
const pauseMs = 10;

/** Measures fleets of growing size in a few processes on one replica set, for the usual settings and for those of large fleets. */
export async function measureFleet(stage: Stage, { seconds, rounds }: BenchOptions): Promise<FleetResult> {
  const idleSeconds = 5 * seconds;
  const revocations = 10 * rounds;
  const series: FleetSeries[] = [];
  for (const { beatMs, leaseMs } of settings) {
    const figures: FleetFigures[] = [];
    for (const instances of sizes) {
      const name = `fleet-${beatMs}-${instances}`;
      console.error(`${instances} instances, a beat every ${beatMs} ms`);
      const bearers = await stage.fill(name, { stored: revocations, active: revocations, sessionsEach: 2 });
      const of = { mongodbUri: stage.database.uri(name), secret: stage.secret, leaseMs, beatMs };
      const tokens = bearers.map(({ token }) => token);
      figures.push(await measureSize(stage, { instances, of, tokens, idleSeconds }));
    }
    series.push({ beatMs, leaseMs, sizes: figures, growth: growthOf(figures) });
  }
  return { processes, idleSeconds, series };
}

type Size = { instances: number; of: FleetSettings; tokens: string[]; idleSeconds: number };

async function measureSize(stage: Stage, { instances, of, tokens, idleSeconds }: Size): Promise<FleetFigures> {
  const counts = Array.from({ length: processes }, (_, index) =>
    Math.floor((instances + processes - 1 - index) / processes),
  );
  const children = counts.filter((count) => count > 0).map(() => startChild<FleetProcess>("fleet/instances.ts"));
  try {
    await Promise.all(children.map((child, index) => child.ask("open", { count: counts[index]!, settings: of })));
    await delay(1_000);
    const idle = await spent(stage, children, () => delay(idleSeconds * 1_000));
    const busy = await spent(stage, children, () => children[0]!.ask("revoke", { tokens, pauseMs }));
    await Promise.all(children.map((child) => child.ask("close", undefined)));
    const perRevocation = (all: number, idling: number) => (all - (idling * busy.ms) / idle.ms) / tokens.length;
    return {
      instances,
      idle: {
        updates: (idle.updates * 1_000) / idle.ms,
        events: (idle.returned * 1_000) / idle.ms,
        databaseCpu: idle.databaseMs / idle.ms,
        nodeCpu: idle.nodeMs / idle.ms,
        connections: idle.connections,
      },
      revocation: {
        count: tokens.length,
        p50Ms: median(busy.result),
        p99Ms: quantile(busy.result, 0.99),
        databaseMs: perRevocation(busy.databaseMs, idle.databaseMs),
        nodeMs: perRevocation(busy.nodeMs, idle.nodeMs),
        events: perRevocation(busy.returned, idle.returned),
      },
    };
  } finally {
    await Promise.all(children.map((child) => child.end()));
  }
}

/** What the database and the instances spent while something went on. */
async function spent<T>({ database }: Stage, children: Child<FleetProcess>[], work: () => Promise<T>) {
  const nodeMs = async () => {
    const used = await Promise.all(children.map((child) => child.ask("cpuMs", undefined)));
    return used.reduce((sum, each) => sum + each, 0);
  };
  const [before, nodeBefore, beganMs] = [await database.work(), await nodeMs(), performance.now()];
  const result = await work();
  const ms = performance.now() - beganMs;
  const [after, nodeAfter] = [await database.work(), await nodeMs()];
  return {
    result,
    ms,
    updates: after.updates - before.updates,
    returned: after.returned - before.returned,
    databaseMs: after.cpuMs - before.cpuMs,
    nodeMs: nodeAfter - nodeBefore,
    connections: after.connections,
  };
}

function growthOf(figures: FleetFigures[]): FleetGrowth {
  const of = (value: (each: FleetFigures) => number) => growth(figures.map((each) => [each.instances, value(each)]));
  return {
    updates: of(({ idle }) => idle.updates),
    events: of(({ idle }) => idle.events),
    databaseCpu: of(({ idle }) => idle.databaseCpu),
    nodeCpu: of(({ idle }) => idle.nodeCpu),
    revocationEvents: of(({ revocation }) => revocation.events),
    revocationMs: of(({ revocation }) => revocation.p50Ms),
  };
}
