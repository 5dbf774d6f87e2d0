import type { Estimate } from "../statistics.js";

/** A table in Markdown. */
export function table(head: string[], rows: string[][]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

export const whole = (value: number) => value.toFixed(0);

/** A median with its interval. */
export const range = ({ median, low, high }: Estimate, digits: number) =>
  `${median.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;

/** Milliseconds. */
export const ms = (value: number) => value.toFixed(value < 100 ? 1 : 0);

export const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
