import { parseArgs } from "node:util";

/** What the command line says. */
export type SoakOptions = {
  minutes: number;
  seed: number;
  /** Writes the ledger into the documentation. */
  record: boolean;
};

export const help = `npm run soak -- --minutes N

Runs three servers over a replica set of three members on this machine, lets people use them, and breaks one thing after the other at
random. Then it prints what came of it. Exit code 0: nothing was wrong; 1: something was; 2: it can't be run as asked for.
Ctrl-C ends it after what it is about to do; a second one at once.

  --minutes N   how long things are broken (10; at most 1440)
  --seed N      the order of things (random; it is printed)
  --record      also writes the ledger into docs/soak.md`;

/** @throws Error for what is unknown or out of range */
export function parseOptions(argv: string[]): SoakOptions | "help" {
  const { values } = parseArgs({
    args: argv,
    options: {
      minutes: { type: "string", default: "10" },
      seed: { type: "string", default: String(Date.now() % 2 ** 31) },
      record: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
  if (!(minutes > 0 && minutes <= 1_440)) throw new Error("--minutes takes a number above 0, and at most 1440.");
  if (!Number.isSafeInteger(seed)) throw new Error("--seed takes a whole number.");
  return { minutes, seed, record: values.record };
}
