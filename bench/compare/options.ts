import { parseArgs } from "node:util";

/** Each number that the command line may set: what it is otherwise, and what for. */
const numbers = {
  rounds: { usual: 8, quick: 3, what: "rounds of requests at each server" },
  seconds: { usual: 1, quick: 0.5, what: "length of a round" },
  warm: { usual: 4, quick: 1, what: "seconds of warm-up of each server" },
  users: { usual: 200, quick: 40, what: "users with a token, at each server" },
  stored: { usual: 100_000, quick: 10_000, what: "users of whom something has ended, for what that takes in memory" },
  endings: { usual: 50, quick: 5, what: "endings that are timed of each strategy" },
} as const;

export type CompareOptions = Record<keyof typeof numbers, number> & {
  /** Writes the figures into the documentation. */
  record: boolean;
};

const names = Object.keys(numbers) as (keyof typeof numbers)[];
const flag = (text: string) => `  ${text.padEnd(14)}`;

export const help = [
  "npm run compare     every strategy side by side: what a request asks and costs, what is held, how an ending goes",
  "",
  `${flag("--record")}also writes docs/choosing.md, docs/performance/compare.json and compare.svg`,
  `${flag("--quick")}a look at whether it runs: the figures mean nothing`,
  ...names.map((name) => `${flag(`--${name} N`)}${numbers[name].what} (${numbers[name].usual})`),
].join("\n");

/** @throws Error for an option that is unknown or no positive number */
export function parseOptions(argv: string[]): CompareOptions | "help" {
  const { values } = parseArgs({
    args: argv,
    options: {
      ...(Object.fromEntries(names.map((name) => [name, { type: "string" }])) as Record<
        keyof typeof numbers,
        { type: "string" }
      >),
      record: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  const chosen = names.map((name) => {
    const value = Number(values[name] ?? numbers[name][values.quick ? "quick" : "usual"]);
    if (!(value > 0)) throw new Error(`--${name} takes a number above 0.`);
    return [name, value];
  });
  return { ...(Object.fromEntries(chosen) as Record<keyof typeof numbers, number>), record: values.record };
}
