import type { Asker } from "../load/asker.js";
import type { Answer } from "../load/connection.js";
import { requestBytes } from "../load/request.js";
import { meQuery } from "../stage.js";

/** One token: when the mutation that ends it was sent, and when that had returned; infinity until then. */
export type Ticket = { request: Buffer; endingMs: number; endedMs: number };

const outcomes = ["admitted", "refused", "unknown"] as const;
type Outcomes = Record<(typeof outcomes)[number], number>;

const moments = ["good", "ending", "ended"] as const;

/**
 * What became of requests, by what was known of their token: `good` all the time; `ending`, a mutation that ends it was on its way;
 * `ended`, that mutation had returned before the request began.
 */
export type Ledger = Record<(typeof moments)[number], Outcomes> & {
  /** The first few answers that are none of the three, refusals for another reason than that the session was ended, and mutations that failed. */
  strange: string[];
};

const none = (): Outcomes => ({ admitted: 0, refused: 0, unknown: 0 });

export const newLedger = (): Ledger => ({ good: none(), ending: none(), ended: none(), strange: [] });

export function addUp(...ledgers: readonly Ledger[]): Ledger {
  const all = newLedger();
  for (const ledger of ledgers) {
    all.strange.push(...ledger.strange);
    for (const moment of moments) for (const outcome of outcomes) all[moment][outcome] += ledger[moment][outcome];
  }
  return all;
}

export function ticketOf(token: string): Ticket {
  const never = Number.POSITIVE_INFINITY;
  return { request: requestBytes({ query: meQuery }, token), endingMs: never, endedMs: never };
}

/** Asks with a token, and enters what came of it. */
export async function tryTicket(ledger: Ledger, ticket: Ticket, asker: Asker): Promise<void> {
  const wasEnded = ticket.endedMs <= performance.now();
  const answer = await asker.ask(ticket.request);
  const moment = wasEnded ? "ended" : ticket.endingMs <= performance.now() ? "ending" : "good";
  const outcome = outcomeOf(answer);
  if (outcome === "strange") noteStrange(ledger, `${moment}: ${answer.status} ${answer.body.toString()}`);
  else ledger[moment][outcome]++;
}

/** A few tell what is wrong. */
export function noteStrange({ strange }: Ledger, text: string): void {
  if (strange.length < 10) strange.push(text.trim());
}

const admitted = Buffer.from('{"data":{"me":{"id":"');

function outcomeOf({ status, body }: Answer): keyof Outcomes | "strange" {
  if (status === 200 && body.subarray(0, admitted.length).equals(admitted)) return "admitted";
  if (status === 401 && body.includes('"SESSION_REVOKED"')) return "refused";
  return status === 503 ? "unknown" : "strange";
}
