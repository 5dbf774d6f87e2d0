import { interleave, type Round } from "./interleave.js";
import type { Client } from "./load/client.js";
import type { BenchOptions } from "./options.js";
import type { Kind } from "./server/variants.js";
import { openMe, type Stage } from "./stage.js";
import { type Estimate, estimate, median, quantile, ratio } from "./statistics.js";
import type { Bearer } from "./users.js";

/** In the order of the table: (a) to (d). */
export const kinds = ["public", "stateless", "leased", "read-through"] as const satisfies readonly Kind[];

/** What one server was measured at. Latencies in milliseconds, CPU of the server in microseconds a request. */
export type MeFigures = {
  perSecond: Estimate;
  cpuMicros: number;
  /** With every connection busy all the time. */
  saturated: { p50Ms: number; p99Ms: number };
  /** At a steady pace. */
  paced: { p50Ms: number; p99Ms: number };
  /** Requests a second beside (a), and CPU of (a) beside it: both 1 where it costs nothing more. */
  besidePublic: Estimate;
  besidePublicByCpu: Estimate;
};

export type MeResult = {
  rounds: number;
  seconds: number;
  users: number;
  connections: number;
  pace: number;
  figures: Record<(typeof kinds)[number], MeFigures>;
  /** Which share of its core the process that sends the load used: far below 1, or it would be what is measured. */
  loadBusy: number;
};

const connections = 16;
/** Rounds of latency at a steady pace. */
const pacedRounds = 5;

/** Measures the four servers side by side in one process, in turn. */
export async function measureMe(stage: Stage, options: BenchOptions, bearers: readonly Bearer[]): Promise<MeResult> {
  const { rounds, seconds, warm, pace } = options;
  const host = stage.startHost();
  const mongodbUri = stage.database.uri("me");
  const contestants: { name: (typeof kinds)[number]; client: Client }[] = [];
  for (const kind of kinds) {
    const open = { kind, mongodbUri, secret: stage.secret };
    contestants.push({ name: kind, client: await openMe(host, open, bearers, connections) });
  }
  const cpuMs = () => host.ask("cpuMs", undefined);

  await interleave(contestants, { rounds: warm, seconds: 1, cpuMs, tells: "warm-up" });
  const [usedBefore, beganMs] = [process.cpuUsage(), performance.now()];
  const measured = await interleave(contestants, { rounds, seconds, cpuMs, tells: "round" });
  const { user, system } = process.cpuUsage(usedBefore);
  const loadBusy = (user + system) / 1e3 / (performance.now() - beganMs);
  const paced = await interleave(contestants, { rounds: pacedRounds, seconds, perSecond: pace, cpuMs });

  for (const { client } of contestants) client.close();
  await host.end();
  const figures = Object.fromEntries(
    kinds.map((kind) => [kind, figuresOf(measured[kind], measured.public, paced[kind])]),
  ) as MeResult["figures"];
  return { rounds, seconds, users: bearers.length, connections, pace, figures, loadBusy };
}

function figuresOf(own: Round[], publics: Round[], paced: Round[]): MeFigures {
  const rates = (each: Round[]) => each.map(({ perSecond }) => perSecond);
  const cpus = (each: Round[]) => each.map(({ cpuMicros }) => cpuMicros);
  const latencies = (each: Round[]) => {
    const all = each.flatMap(({ latenciesMs }) => latenciesMs);
    return { p50Ms: median(all), p99Ms: quantile(all, 0.99) };
  };
  return {
    perSecond: estimate(rates(own)),
    cpuMicros: median(cpus(own)),
    saturated: latencies(own),
    paced: latencies(paced),
    besidePublic: ratio(rates(own), rates(publics)),
    besidePublicByCpu: ratio(cpus(publics), cpus(own)),
  };
}
