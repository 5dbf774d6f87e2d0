import { parseArgs } from "node:util";
import { flag, helpOf, optionsOf, readNumbers, switches } from "../command.js";

const numbers = {
  rounds: { usual: 6, quick: 3, what: "rounds of requests at each server" },
  seconds: { usual: 1, quick: 0.5, what: "length of a round" },
  warm: { usual: 2, quick: 1, what: "seconds of warm-up of each server" },
  users: { usual: 100, quick: 40, what: "users with a token, at each server" },
  stored: { usual: 100_000, quick: 10_000, what: "users of whom something has ended, for what that takes in memory" },
  endings: { usual: 50, quick: 5, what: "endings that are timed of each strategy" },
} as const;

export type CompareOptions = Record<keyof typeof numbers, number> & {
  /** Writes the figures into the documentation. */
  record: boolean;
};

export const help = [
  "npm run compare     every strategy side by side: what a request asks and costs, what is held, how an ending goes",
  "",
  `${flag("--record")}also writes docs/choosing.md, docs/performance/compare.json and compare.svg`,
  `${flag("--quick")}a look at whether it runs: the figures mean nothing`,
  ...helpOf(numbers),
].join("\n");

/** @throws Error for an option that is unknown or no positive number */
export function parseOptions(argv: string[]): CompareOptions | "help" {
  const { values } = parseArgs({ args: argv, options: { ...optionsOf(numbers), ...switches } });
  return values.help ? "help" : { ...readNumbers(numbers, values), record: values.record };
}
