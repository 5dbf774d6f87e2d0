import type { Asker } from "../load/asker.js";
import type { Answer } from "../load/connection.js";
import { requestBytes } from "../load/request.js";
import { meQuery } from "../stage.js";

/** One token: when the mutation that ends it was sent, and when that had returned; infinity until then. */
export type Ticket = { request: Buffer; endingMs: number; endedMs: number };

/** What became of requests, by what was known of their token. */
export type Ledger = {
  /** The token was good all the time. */
  good: { admitted: number; refused: number; unknown: number };
  /** The mutation that ended it was on its way. */
  ending: { admitted: number; refused: number; unknown: number };
  /** The mutation had returned before the request began. */
  ended: { admitted: number; refused: number; unknown: number };
  /** The first few answers that are none of the three, refusals for another reason than that the session was ended, and mutations that failed. */
  strange: string[];
};

export const newLedger = (): Ledger => ({
  good: { admitted: 0, refused: 0, unknown: 0 },
  ending: { admitted: 0, refused: 0, unknown: 0 },
  ended: { admitted: 0, refused: 0, unknown: 0 },
  strange: [],
});

export function ticketOf(token: string): Ticket {
  const never = Number.POSITIVE_INFINITY;
  return { request: requestBytes({ query: meQuery }, token), endingMs: never, endedMs: never };
}

/** Asks with a token, and enters what came of it. */
export async function tryTicket(ledger: Ledger, ticket: Ticket, asker: Asker): Promise<void> {
  const wasEnded = ticket.endedMs <= performance.now();
  const answer = await asker.ask(ticket.request);
  const when = wasEnded ? "ended" : ticket.endingMs <= performance.now() ? "ending" : "good";
  const outcome = outcomeOf(answer);
  if (outcome === "strange") {
    noteStrange(ledger, `${when}: ${answer.status} ${answer.body.toString()}`);
    return;
  }
  ledger[when][outcome]++;
}

/** A few tell what is wrong. */
export function noteStrange({ strange }: Ledger, text: string): void {
  if (strange.length < 10) strange.push(text);
}

const admitted = Buffer.from('{"data":{"me":{"id":"');

function outcomeOf({ status, body }: Answer): "admitted" | "refused" | "unknown" | "strange" {
  if (status === 200 && body.subarray(0, admitted.length).equals(admitted)) return "admitted";
  if (status === 401 && body.includes('"SESSION_REVOKED"')) return "refused";
  return status === 503 ? "unknown" : "strange";
}
