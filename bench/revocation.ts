import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { startBackground } from "./endings/background.js";
import { type Ending, endings, endOnce, type Field, newPerson, type Person } from "./endings/end-once.js";
import { endWhileStopped } from "./endings/end-while-stopped.js";
import { type Ledger, newLedger, noteStrange, ticketOf } from "./endings/ledger.js";
import { type Instance, withInstances } from "./instances.js";
import { createAsker } from "./load/asker.js";
import type { BenchOptions } from "./options.js";
import type { Stage } from "./stage.js";
import { type Times, timesOf } from "./times.js";
import { tokenSeconds } from "./users.js";

export type RevocationResult = {
  instances: number;
  leaseMs: number;
  /** All instances are well. */
  healthy: Times & {
    ledger: Ledger;
    requestsPerSecond: number;
    /** Which share of all cores the instances, the database and the load used. */
    busy: number;
    byEnding: Record<Ending, { count: number; p50Ms: number; p99Ms: number }>;
  };
  /** One of them is stopped when the mutation begins. */
  stopped: Times & { ledger: Ledger };
};

const count = 3;
/** So many that one is free whenever something is to be ended. */
const people = 100;

const newAddress = () => `${randomUUID()}@example.org`;

/** Ends sessions, one way after the other, over three server processes which all answer requests meanwhile. */
export async function measureRevocation(stage: Stage, options: BenchOptions): Promise<RevocationResult> {
  const { users } = options;
  const bearers = await stage.fill("revocation", { stored: users, active: users, sessionsEach: 1 });
  const settings = { accessTokenSeconds: tokenSeconds };
  return withInstances(stage, { database: "revocation", count, settings }, async (instances, { leaseMs }) => {
    const askers = instances.map(({ port }) => createAsker(port));
    const bystanders = bearers.map(({ token }) => ticketOf(token));
    const free: Person[] = [];
    for (let number = 0; number < people; number++) free.push(await newPerson(askers[number % count]!, newAddress()));
    const stopped = new Set<number>();
    const begin = (perSecond: number) => {
      const field: Field = { askers, ledger: newLedger(), inUse: new Set() };
      const isStopped = (instance: number) => stopped.has(instance);
      return { field, background: startBackground(field, { bystanders, perSecond, isStopped }) };
    };

    console.error("warm-up");
    const warm = begin(options.load);
    await endMany(warm.field, free, { ...options, endings: Math.ceil(options.warm * options["endings-a-second"]) });
    await warm.background.end();

    const { field, background } = begin(options.load);
    const meter = await startMeter(stage, instances, field);
    const took = await endMany(field, free, options);
    const { busy, requestsPerSecond } = await meter();
    await background.end();

    const sleepy = begin(options.load / 3);
    const whileStopped: number[] = [];
    for (let turn = 0; turn < options.stops; turn++) {
      console.error(`an instance is stopped, ${turn + 1} of ${options.stops}`);
      const person = free[turn % free.length]!;
      whileStopped.push(await endWhileStopped(sleepy.field, { instances, person, turn, stopped }));
    }
    await sleepy.background.end();
    for (const asker of askers) asker.close();

    const of = (ending: Ending) => timesOf(took.filter((each) => each.ending === ending).map(({ tookMs }) => tookMs));
    return {
      instances: count,
      leaseMs,
      healthy: {
        ...timesOf(took.map(({ tookMs }) => tookMs)),
        ledger: addUp(warm.field.ledger, field.ledger),
        requestsPerSecond,
        busy,
        byEnding: Object.fromEntries(
          endings.map((ending) => {
            const { count, p50Ms, p99Ms } = of(ending);
            return [ending, { count, p50Ms, p99Ms }];
          }),
        ) as RevocationResult["healthy"]["byEnding"],
      },
      stopped: { ...timesOf(whileStopped), ledger: sleepy.field.ledger },
    };
  });
}

/** Begins so many endings a second, whether or not the last one is done. */
async function endMany(field: Field, free: Person[], options: BenchOptions) {
  const { endings: many, "endings-a-second": perSecond } = options;
  const startMs = performance.now();
  const running: Promise<Awaited<ReturnType<typeof endOnce>> | null>[] = [];
  for (let turn = 0; turn < many; turn++) {
    await delay(Math.max(0, startMs + (turn / perSecond) * 1_000 - performance.now()));
    if (turn % 500 === 0) console.error(`ended ${turn} of ${many}`);
    while (free.length === 0) await delay(1);
    const person = free.shift()!;
    const ended = endOnce(field, person, turn).catch((error: Error) => {
      noteStrange(field.ledger, `an ending failed: ${error.message}`);
      return null;
    });
    running.push(ended);
    // whose ending failed may be signed out
    void ended.then(async (took) => free.push(took ? person : await newPerson(field.askers[0]!, newAddress())));
  }
  return (await Promise.all(running)).filter((took) => took !== null);
}

/** Begins to count; what it answers with tells of the time since then. */
async function startMeter({ database, machine }: Stage, instances: readonly Instance[], { askers }: Field) {
  const read = async () => {
    const { user, system } = process.cpuUsage();
    const used = await Promise.all(instances.map(({ ask }) => ask("cpuMs", undefined)));
    return {
      atMs: performance.now(),
      cpuMs: (await database.work()).cpuMs + (user + system) / 1_000 + used.reduce((sum, each) => sum + each, 0),
      sent: askers.reduce((sum, asker) => sum + asker.sent(), 0),
    };
  };
  const before = await read();
  return async () => {
    const after = await read();
    const ms = after.atMs - before.atMs;
    return {
      busy: (after.cpuMs - before.cpuMs) / ms / machine.cores,
      requestsPerSecond: ((after.sent - before.sent) * 1_000) / ms,
    };
  };
}

function addUp(one: Ledger, other: Ledger): Ledger {
  const both = newLedger();
  for (const { good, ending, ended, strange } of [one, other]) {
    both.strange.push(...strange);
    for (const [when, counts] of Object.entries({ good, ending, ended }) as ["good", Ledger["good"]][])
      for (const outcome of ["admitted", "refused", "unknown"] as const) both[when][outcome] += counts[outcome];
  }
  return both;
}
