import { endings } from "../endings/end-once.js";
import type { Ledger } from "../endings/ledger.js";
import type { RevocationResult } from "../revocation.js";
import type { SocketsResult } from "../sockets.js";
import type { Estimate } from "../statistics.js";
import type { Times } from "../times.js";
import { ms, percent, range, table } from "./table.js";

const timesRow = (
  name: string,
  { count, p50Ms, p99Ms }: Pick<Times, "count" | "p50Ms" | "p99Ms">,
  worstMs?: number,
) => [name, String(count), ms(p50Ms), ms(p99Ms), worstMs === undefined ? "" : ms(worstMs)];
const head = ["", "count", "p50, ms", "p99, ms", "slowest, ms"];

export function revocationTable({ healthy, stopped, leaseMs }: RevocationResult): string {
  const times = table(head, [
    timesRow("all instances are well", healthy, healthy.worstMs),
    ...endings.map((ending) => timesRow(`of these \`${ending}\``, healthy.byEnding[ending])),
    timesRow(`one is stopped, \`LEASE_MS=${leaseMs}\``, stopped, stopped.worstMs),
  ]);
  const answers = table(
    ["the token", "admitted", "refused", "unknown"],
    [...answerRows("all are well", healthy.ledger), ...answerRows("one is stopped", stopped.ledger)],
  );
  const load = `Meanwhile ${healthy.requestsPerSecond.toFixed(0)} requests a second came to all three. Instances, database and load used ${percent(healthy.busy)} of the cores. ${healthy.silentWaits} endings waited for the lease of an instance that said nothing; ${healthy.fellBack} requests were decided behind a barrier because memory was not proved fresh.`;
  return `${times}\n\n${load}\n\n${answers}`;
}

const answerRows = (name: string, { good, ending, ended }: Ledger): string[][] =>
  (
    [
      ["is good", good],
      ["is being ended", ending],
      ["was ended before the request began", ended],
    ] as const
  ).map(([when, { admitted, refused, unknown }]) => [`${when}; ${name}`, ...[admitted, refused, unknown].map(String)]);

export function socketsTable(result: SocketsResult): string {
  const { cut, mutation, wrongCode, untold, siblings, bytesEach, connections, instances } = result;
  const times = table(head, [
    timesRow("a connection is cut", cut, cut.worstMs),
    timesRow("the mutation returns", mutation, mutation.worstMs),
  ]);
  const [median, low, high] = [bytesEach.median, bytesEach.low, bytesEach.high].map((bytes) => bytes / 1_024);
  const facts = [
    `${connections} connections of a session over ${instances} servers at a time.`,
    `Closed with another code than 4401: ${wrongCode}; not told why: ${untold}.`,
    `Of ${siblings.open} connections of other users and of other sessions of the same user ${siblings.cut} were cut.`,
    `A connection with one subscription keeps ${range({ median, low, high } as Estimate, 1)} KiB in use in its server.`,
  ];
  return `${times}\n\n${facts.join(" ")}`;
}
