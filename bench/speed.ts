import { interleave } from "./interleave.js";
import type { Client } from "./load/client.js";
import { warmUp } from "./load/warm-up.js";
import type { BenchOptions } from "./options.js";
import { openMe, type Stage } from "./stage.js";
import { type Estimate, estimate, median, ratio } from "./statistics.js";
import type { Bearer, Population } from "./users.js";

/** One database that leased servers are measured on. */
export type SpeedFigures = Population & {
  perSecond: Estimate;
  cpuMicros: number;
  /** Beside the first: as many stored as active, one session each. */
  besideFirst: Estimate;
};

export type SpeedResult = { rounds: number; seconds: number; figures: SpeedFigures[] };

/** Measures leased servers over small and large databases, side by side in one process, in turn. */
export async function measureSpeed(stage: Stage, options: BenchOptions): Promise<SpeedResult> {
  const { rounds, seconds, warm, users: active, stored } = options;
  const populations: Population[] = [
    { stored: active, active, sessionsEach: 1 },
    { stored, active, sessionsEach: 1 },
    { stored: active, active, sessionsEach: 50 },
  ];
  // all of them before the first server opens: its change stream would have a million inserts to read past
  const filled = new Map<string, Bearer[]>();
  for (const [index, population] of populations.entries())
    filled.set(`speed-${index}`, await stage.fill(`speed-${index}`, population));
  await stage.database.flush();
  const host = stage.startHost();
  const contestants: { name: string; client: Client }[] = [];
  for (const [name, bearers] of filled) {
    const open = { kind: "leased", mongodbUri: stage.database.uri(name), secret: stage.secret } as const;
    contestants.push({ name, client: await openMe(host, open, bearers) });
  }
  for (const { client } of contestants) await warmUp(client, { requests: 2 * active });
  const cpuMs = () => host.ask("cpuMs", undefined);
  await interleave(contestants, { rounds: warm, seconds: 1, cpuMs, tells: "warm-up" });
  const measured = await interleave(contestants, { rounds, seconds, cpuMs, tells: "round" });
  for (const { client } of contestants) client.close();
  await host.end();

  const rates = contestants.map(({ name }) => measured[name]!.map(({ perSecond }) => perSecond));
  const figures = populations.map((population, index) => ({
    ...population,
    perSecond: estimate(rates[index]!),
    cpuMicros: median(measured[`speed-${index}`]!.map(({ cpuMicros }) => cpuMicros)),
    besideFirst: ratio(rates[index]!, rates[0]!),
  }));
  return { rounds, seconds, figures };
}
