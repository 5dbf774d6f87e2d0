import { LoginDocument, LogoutDocument } from "../../src/testing/operations.js";
import type { Instance } from "../instances.js";
import { operate } from "../load/operate.js";
import { password } from "../stage.js";
import { type Field, type Person, tryEverywhere } from "./end-once.js";
import { ticketOf, tryTicket } from "./ledger.js";

/**
 * Ends a session while one instance is stopped (SIGSTOP) that has it in its memory, uses the token at once on all of them, and lets the
 * stopped one go on: it finds the request in its queue.
 *
 * @returns how long the mutation took, in milliseconds
 */
export async function endWhileStopped(
  field: Field,
  {
    instances,
    person,
    turn,
    stopped,
  }: { instances: readonly Instance[]; person: Person; turn: number; stopped: Set<number> },
): Promise<number> {
  const { askers, ledger } = field;
  const sleeper = turn % instances.length;
  const other = askers[(turn + 1) % askers.length]!;
  const { login } = await operate(other, LoginDocument, { variables: { input: { email: person.email, password } } });
  const ticket = ticketOf(login.accessToken);
  await tryEverywhere(field, [ticket, person.keeper]);

  const { pid, ask } = instances[sleeper]!;
  stopped.add(sleeper);
  process.kill(pid, "SIGSTOP");
  try {
    ticket.endingMs = performance.now();
    await operate(other, LogoutDocument, { token: login.accessToken });
    ticket.endedMs = performance.now();
    const queued = tryTicket(ledger, ticket, askers[sleeper]!);
    await Promise.all(askers.flatMap((asker, at) => (at === sleeper ? [] : [tryTicket(ledger, ticket, asker)])));
    process.kill(pid, "SIGCONT");
    await queued;
  } finally {
    process.kill(pid, "SIGCONT");
  }
  await tryEverywhere(field, [ticket, person.keeper]);
  await ask("untilFresh", undefined);
  stopped.delete(sleeper);
  return ticket.endedMs - ticket.endingMs;
}
