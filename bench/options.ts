import { parseArgs } from "node:util";

/** What the command line says. Seconds, counts, and requests a second. */
export type BenchOptions = {
  /** Which parts run. */
  parts: Part[];
  rounds: number;
  seconds: number;
  warmSeconds: number;
  pace: number;
  users: number;
  stored: number;
  /** Writes the figures into the documentation. */
  record: boolean;
};

export const parts = ["me", "speed", "fleet"] as const;
export type Part = (typeof parts)[number];

export const help = `npm run bench              me: four servers side by side; what each asks of the database; logins
npm run bench:speed        the same with many stored users and many sessions
npm run bench:fleet        1, 3, 10 and 30 instances

  --record       also writes the figures into docs/performance.md and docs/performance/
  --rounds N     rounds of each contestant (20)
  --seconds N    length of a round (2)
  --warm N       seconds of warm-up of each contestant (10)
  --pace N       requests a second while latency is measured (1000)
  --users N      users with a token (1000)
  --stored N     users stored in the large database (1000000)
  --quick        a look at whether it runs: the figures mean nothing`;

const quick = { rounds: 3, seconds: 0.5, warm: 1, stored: 20_000 };

/** @throws Error for an option that is unknown or no positive number */
export function parseOptions(argv: string[]): BenchOptions | "help" {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      ...{ rounds: text, seconds: text, warm: text, pace: text, users: text, stored: text },
      ...{ record: flag, quick: flag, help: flag },
    },
  });
  if (values.help) return "help";
  const number = (name: "rounds" | "seconds" | "warm" | "pace" | "users" | "stored", fallback: number) => {
    const value = Number(
      values[name] ?? (values.quick && name in quick ? quick[name as keyof typeof quick] : fallback),
    );
    if (!(value > 0)) throw new Error(`--${name} takes a number above 0.`);
    return value;
  };
  return {
    parts: parts.filter((part) => positionals.includes(part)),
    rounds: number("rounds", 20),
    seconds: number("seconds", 2),
    warmSeconds: number("warm", 10),
    pace: number("pace", 1_000),
    users: number("users", 1_000),
    stored: number("stored", 1_000_000),
    record: values.record,
  };
}
