import type { Client, Run } from "./load/client.js";

/** Something that is measured in turn with others. */
export type Contestant<Name extends string> = { name: Name; client: Client };

/** One round of one contestant. */
export type Round = Run & {
  perSecond: number;
  /** CPU that the server used for each answer, in microseconds. */
  cpuMicros: number;
};

export type InterleaveOptions = {
  rounds: number;
  seconds: number;
  perSecond?: number | undefined;
  /** CPU that the server has used, in milliseconds. */
  cpuMs: () => Promise<number>;
  /** What a round is called where each is told of. */
  tells?: string;
};

/** What is run of each before it counts, in seconds: what the one before it left to be collected is not its own. */
const leadSeconds = 0.2;

/**
 * Lets contestants run in turn, round after round, each time in another order by chance: whatever else happens on the machine meets all of
 * them, and nobody always comes after the same one. Rounds of the same number belong together.
 */
export async function interleave<Name extends string>(
  contestants: readonly Contestant<Name>[],
  { rounds, seconds, perSecond, cpuMs, tells }: InterleaveOptions,
): Promise<Record<Name, Round[]>> {
  const results = Object.fromEntries(contestants.map(({ name }) => [name, [] as Round[]])) as Record<Name, Round[]>;
  for (let round = 0; round < rounds; round++) {
    if (tells) console.error(`${tells} ${round + 1} of ${rounds}`);
    for (const { name, client } of shuffled(contestants)) {
      await client.run({ seconds: leadSeconds, perSecond });
      const before = await cpuMs();
      const run = await client.run({ seconds, perSecond });
      const usedMs = (await cpuMs()) - before;
      if (run.answers === 0) throw new Error(`${name}: no answer in ${seconds} s.`);
      if (run.failed > 0)
        throw new Error(`${name}: ${run.failed} of ${run.answers + run.failed} answers were not good.`);
      results[name].push({
        ...run,
        perSecond: run.answers / run.seconds,
        cpuMicros: (usedMs * 1_000) / run.answers,
      });
    }
  }
  return results;
}

function shuffled<T>(items: readonly T[]): T[] {
  const rest = [...items];
  return items.map(() => rest.splice(Math.floor(Math.random() * rest.length), 1)[0]!);
}
