/** A median and the interval in which the true one lies with 95 % confidence. */
export type Estimate = { median: number; low: number; high: number };

const inOrder = (values: Iterable<number>) => Float64Array.from(values).sort();

/** The value below which this share of the values lies, interpolated; NaN where there are none. */
export function quantile(values: Iterable<number>, share: number): number {
  const sorted = inOrder(values);
  if (sorted.length === 0) return Number.NaN;
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)]!;
  return below + (sorted[Math.ceil(position)]! - below) * (position % 1);
}

export const median = (values: Iterable<number>): number => quantile(values, 0.5);

/**
 * The median with its interval by order statistics, which assumes nothing of how the values are spread: each value is above the true
 * median as likely as a coin shows heads. Fewer than 6 values can't give 95 %; then the interval is all of them.
 */
export function estimate(values: readonly number[]): Estimate {
  const sorted = inOrder(values);
  const outside = ranksOutside(sorted.length);
  return { median: median(sorted), low: sorted.at(outside)!, high: sorted.at(-1 - outside)! };
}

/** How many of `count` values may be left out at either end, so that the rest covers the median in 95 of 100 cases. */
function ranksOutside(count: number): number {
  let tail = 0;
  let probability = 0.5 ** count;
  for (let rank = 0; rank < count / 2; rank++) {
    tail += probability;
    if (2 * tail > 0.05) return Math.max(0, rank);
    probability *= (count - rank) / (rank + 1);
  }
  return 0;
}

/** The ratio of what was measured in the same rounds. */
export function ratio(numerators: readonly number[], denominators: readonly number[]): Estimate {
  return estimate(numerators.map((value, round) => value / denominators[round]!));
}

/** With which power of `x` something grows (least squares over the logarithms): 0 does not grow, 1 in proportion, 2 with the square. */
export function growth(points: readonly (readonly [x: number, y: number])[]): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(Math.max(y, 1e-9))] as const);
  const mean = (index: 0 | 1) => logs.reduce((sum, point) => sum + point[index], 0) / logs.length;
  const [x0, y0] = [mean(0), mean(1)];
  const covariance = logs.reduce((sum, [x, y]) => sum + (x - x0) * (y - y0), 0);
  return covariance / logs.reduce((sum, [x]) => sum + (x - x0) ** 2, 0);
}
