import type { Contestant, Reads } from "./contestants.js";
import type { Event } from "./events.js";
import type { Cell } from "./observe.js";

/** What was seen of one strategy: by the event, and what the strategy itself says that it can end. */
export type Row = { contestant: Contestant; cells: ReadonlyMap<string, Cell>; capabilities: readonly string[] };

const intro = `# What each strategy ends

Made by \`npm run docs:strategies\` from a run of the contract suite, against two real servers over one replica set. Do not edit:
\`npm run test:contract\` fails where what it sees is not what stands here.

- **at once**: when the mutation has answered, the very next request with an old token is refused, by both servers. (A server that doesn't
  answer is waited for until its lease has run out, \`LEASE_MS\`: [leases.md](leases.md).)
- **bounded**: the mutation does its work and answers normally, and says in \`extensions.muster.accessTokensLiveUntil\` until when old access
  tokens live on: until they expire. The bound is \`ACCESS_TOKEN_SECONDS\`, in milliseconds.
- **not offered**: the mutation is answered 400 \`NOT_SUPPORTED_BY_STRATEGY\`, and says until when the access tokens live on.

In each of them the refresh tokens and the list of devices end at once: the roll is kept under every strategy. A role that is given or
taken holds from the next request on, and ends nothing. [choosing.md](choosing.md) says which to take when.`;

const readsIntro = `## What a request asks

Reads of MongoDB for one request, counted by the driver's command monitoring: from memory under a [lease](leases.md), and without leases. A
guarded field is one that needs nothing but a good token; \`me\` needs its user.`;

/** The page, as it stands in \`docs/strategies.md\`. */
export function pageOf(rows: readonly Row[], events: readonly Event[]): string {
  const cells = table(
    ["strategy", ...events.map(({ title }) => title)],
    rows.map(({ contestant, cells }) => [contestant.title, ...events.map(({ title }) => cells.get(title)!)]),
  );
  const capabilities = table(
    ["strategy", "can end"],
    rows.map((row) => [row.contestant.title, row.capabilities.map((each) => `\`${each}\``).join(", ") || "nothing"]),
  );
  const both = ({ leased, "read-through": otherwise }: Reads, redis = 0) => {
    const ofMongodb = leased === otherwise ? String(leased) : `${leased} leased, else ${otherwise}`;
    return redis ? `${redis} of Redis; ${ofMongodb}` : ofMongodb;
  };
  const reads = table(
    ["strategy", "a guarded field", "`me`"],
    rows.map(({ contestant }) => [
      contestant.title,
      ...[contestant.guarded, contestant.me].map((each) => both(each, contestant.redis)),
    ]),
  );
  const declared =
    "## What it says of itself\n\n`query { revocation { capabilities } }`, which the suite holds against what it sees:";
  return `${[intro, cells, declared, capabilities, readsIntro, reads].join("\n\n")}\n`;
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => "---"), ...rows].map((each) => `| ${each.join(" | ")} |`).join("\n");
