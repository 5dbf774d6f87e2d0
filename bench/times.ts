import { median, quantile } from "./statistics.js";

/** How long something took, in milliseconds; `curve` has the quantiles from 0 to 100 %, evenly. */
export type Times = { count: number; p50Ms: number; p99Ms: number; worstMs: number; curve: number[] };

const steps = 200;

export function timesOf(values: readonly number[]): Times {
  const sorted = Float64Array.from(values).sort();
  return {
    count: sorted.length,
    p50Ms: median(sorted),
    p99Ms: quantile(sorted, 0.99),
    worstMs: sorted.at(-1) ?? Number.NaN,
    // a hundredth of a millisecond is more than is known
    curve: Array.from({ length: steps + 1 }, (_, step) => Math.round(100 * quantile(sorted, step / steps)) / 100),
  };
}
