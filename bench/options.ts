import { parseArgs } from "node:util";
import { flag, helpOf, optionsOf, positive, readNumbers, switches } from "./command.js";

/** What can be measured, and what it takes. */
export const parts = {
  me: { what: "four servers side by side; what each asks of the database; logins", members: 1, ownCore: true },
  reads: { what: "what 100,000 requests ask of the database", members: 1, ownCore: true },
  speed: { what: "`me` with many stored users, and with many sessions each", members: 1, ownCore: true },
  revocation: { what: "10,000 endings over three instances: does one survive, how long they take", members: 1 },
  sockets: { what: "1,000 connections over three instances, cut at once", members: 3 },
  fleet: { what: "1, 3, 10 and 30 instances", members: 1 },
} as const satisfies Record<string, { what: string; members: number; ownCore?: true }>;

export type Part = keyof typeof parts;

const numbers = {
  rounds: { usual: 20, quick: 3, what: "rounds of each contestant" },
  seconds: { usual: 2, quick: 0.5, what: "length of a round" },
  warm: { usual: 10, quick: 1, what: "seconds of warm-up of each contestant" },
  pace: { usual: 1_000, quick: 1_000, what: "me: requests a second while latency is measured" },
  users: { usual: 1_000, quick: 1_000, what: "users with a token" },
  stored: { usual: 1_000_000, quick: 20_000, what: "speed: users stored in the large database" },
  requests: { usual: 100_000, quick: 5_000, what: "reads: how many requests" },
  endings: { usual: 10_000, quick: 200, what: "revocation: how many mutations end something" },
  "endings-a-second": { usual: 22, quick: 22, what: "revocation: how many a second" },
  load: { usual: 1_500, quick: 1_500, what: "revocation: requests a second to all three meanwhile" },
  stops: { usual: 20, quick: 3, what: "revocation: how often an instance is stopped" },
  connections: { usual: 1_000, quick: 150, what: "sockets: connections that are cut at once" },
  cuts: { usual: 10, quick: 2, what: "sockets: how often" },
} as const;

/** What the command line says. Seconds, counts, and requests a second. */
export type BenchOptions = Record<keyof typeof numbers, number> & {
  /** Which parts run, in this order. */
  parts: Part[];
  /** Members of the replica set, where they are not the part's usual number. */
  members: number | undefined;
  /** Writes the figures into the documentation. */
  record: boolean;
};

const scriptOf = (part: string) => `npm run bench${part === "me" ? "" : `:${part}`}`.padEnd(26);

export const help = [
  ...Object.entries(parts).map(([part, { what }]) => `${scriptOf(part)}${what}`),
  "",
  `${flag("--record")}also writes the figures into docs/performance.md and docs/performance/`,
  `${flag("--quick")}a look at whether it runs: the figures mean nothing`,
  `${flag("--members N")}members of the replica set (1; sockets: 3)`,
  ...helpOf(numbers),
].join("\n");

/** @throws Error for an option or a part that is unknown, or no positive number */
export function parseOptions(argv: string[]): BenchOptions | "help" {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { ...optionsOf(numbers), members: { type: "string" }, ...switches },
  });
  if (values.help || positionals.length === 0) return "help";
  const unknown = positionals.filter((part) => !Object.hasOwn(parts, part));
  if (unknown.length > 0) throw new Error(`There is no part ${unknown.join(", ")}.`);
  return {
    ...readNumbers(numbers, values),
    parts: positionals as Part[],
    members: values.members === undefined ? undefined : positive("members", values.members),
    record: values.record,
  };
}
