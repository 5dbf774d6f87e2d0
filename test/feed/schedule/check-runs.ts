import fc from "fast-check";
import type { Ablation } from "./instance.js";
import { type RunResult, run } from "./run.js";

export type Checked = {
  seed: number;
  runs: number;
  seconds: number;
  /** Summed over the runs. */
  counts: RunResult["counts"];
  /** Of the first run that went wrong: what, and everything that happened in it when it was repeated. */
  wrong: { faults: string[]; trace: string[] } | null;
};

const choicesOfARun = 700;

/**
 * Runs of random decisions, as many as are asked for or until one goes wrong. Told the same seed, the same runs.
 *
 * @param without a rule that is left out
 */
export async function checkRuns({
  runs,
  seed = Date.now() % 2 ** 31,
  without,
}: {
  runs: number;
  seed?: number;
  without?: Ablation;
}): Promise<Checked> {
  const counts = { admitted: 0, refused: 0, unknown: 0, revocations: 0 };
  let faults: string[] = [];
  const startedAt = performance.now();
  const choices = fc.noBias(fc.uint8Array({ minLength: choicesOfARun, maxLength: choicesOfARun }));
  const property = fc.asyncProperty(choices, async (decisions) => {
    const result = await run(decisions, { without });
    for (const name of Object.keys(counts) as (keyof typeof counts)[]) counts[name] += result.counts[name];
    faults = result.faults;
    return faults.length === 0;
  });
  // a shorter run is no plainer than its trace
  const { numRuns, counterexample } = await fc.check(property, { numRuns: runs, seed, endOnFailure: true });
  const wrong = counterexample && { faults, trace: (await run(counterexample[0], { without, traced: true })).trace };
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  return { seed, runs: numRuns, seconds, counts, wrong };
}
