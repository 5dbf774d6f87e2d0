/** One round of a race, in an order or mix that may depend on its number; gives a line for each thing that came out wrong. */
export type Round = (number: number) => Promise<string[]>;

export type Figures = { race: string; rounds: number; misses: number; seconds: number };

/** Runs rounds one after the other. `misses` has everything that came out wrong, with the round's number. */
export async function runRounds(
  race: string,
  count: number,
  round: Round,
): Promise<{ misses: string[]; figures: Figures }> {
  const misses: string[] = [];
  const startedAt = performance.now();
  for (let number = 0; number < count; number++) {
    misses.push(...(await round(number)).map((miss) => `round ${number}: ${miss}`));
  }
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  return { misses, figures: { race, rounds: count, misses: misses.length, seconds } };
}

/** A line for each of these that did not come out as it should. */
export function missesOf<T>(what: string, outcomes: readonly T[], expected: T | readonly T[]): string[] {
  const allowed: readonly unknown[] = Array.isArray(expected) ? expected : [expected];
  return outcomes.flatMap((outcome, index) =>
    allowed.includes(outcome) ? [] : [`${what} ${index}: ${outcome} instead of ${allowed.join(" or ")}`],
  );
}

/** A line for each that is in one of these sets and not in the other. */
export function differencesOf(what: string, seen: readonly string[], expected: readonly string[]): string[] {
  const lost = expected.filter((each) => !seen.includes(each)).map((each) => `${what}: ${each} is not there`);
  const extra = seen.filter((each) => !expected.includes(each)).map((each) => `${what}: ${each} should not be there`);
  return [...lost, ...extra];
}
