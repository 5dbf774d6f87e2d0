import {
  LoginDocument,
  LogoutDocument,
  LogoutEverywhereDocument,
  LogoutOthersDocument,
  LogoutSessionDocument,
  RefreshDocument,
  SignupDocument,
} from "../../src/testing/operations.js";
import type { Asker } from "../load/asker.js";
import { operate } from "../load/operate.js";
import { password } from "../stage.js";
import { type Ledger, type Ticket, ticketOf, tryTicket } from "./ledger.js";

/** The instances, what is known of the tokens, and those that others may use meanwhile. */
export type Field = { askers: readonly Asker[]; ledger: Ledger; inUse: Set<Ticket> };

/** A user with one session that stays while others come and go. */
export type Person = { email: string; keeper: Ticket; keeperToken: string };

export const endings = ["logout", "logoutSession", "logoutOthers", "logoutEverywhere"] as const;
export type Ending = (typeof endings)[number];

/** One that was carried out, and how long the mutation took, in milliseconds. */
export type Ended = { ending: Ending; tookMs: number };

export async function newPerson(asker: Asker, email: string): Promise<Person> {
  const { signup } = await operate(asker, SignupDocument, { variables: { input: { email, password } } });
  return { email, keeper: ticketOf(signup.accessToken), keeperToken: signup.accessToken };
}

/** Asks with a token on every instance at once. */
export const tryEverywhere = ({ askers, ledger }: Pick<Field, "askers" | "ledger">, tickets: readonly Ticket[]) =>
  Promise.all(tickets.flatMap((ticket) => askers.map((asker) => tryTicket(ledger, ticket, asker))));

/**
 * Signs somebody in, uses what was given at once on every instance, ends it and uses it at once again. One time in five the session is
 * refreshed first, on another instance. Which ending it is, and which instance does what, goes round with `turn`.
 *
 * @throws Error where something was not carried out
 */
export async function endOnce(field: Field, person: Person, turn: number): Promise<Ended> {
  const { askers, inUse } = field;
  const at = (offset: number) => askers[(turn + offset) % askers.length]!;
  const { login } = await operate(at(0), LoginDocument, { variables: { input: { email: person.email, password } } });
  const tickets = [ticketOf(login.accessToken)];
  await tryEverywhere(field, tickets);
  let { accessToken } = login;
  if (turn % 5 === 0) {
    const { refresh } = await operate(at(1), RefreshDocument, {
      variables: { input: { refreshToken: login.refreshToken } },
    });
    accessToken = refresh.accessToken;
    tickets.push(ticketOf(accessToken));
    await tryEverywhere(field, tickets);
  }

  const ending = endings[turn % endings.length]!;
  const ended = ending === "logoutEverywhere" ? [...tickets, person.keeper] : tickets;
  for (const ticket of ended) inUse.add(ticket);
  const beganMs = performance.now();
  for (const ticket of ended) ticket.endingMs = beganMs;
  await carryOut(ending, { asker: at(2), token: accessToken, keeperToken: person.keeperToken, id: login.session.id });
  const endedMs = performance.now();
  for (const ticket of ended) {
    ticket.endedMs = endedMs;
    inUse.delete(ticket);
  }
  await tryEverywhere(field, ended);

  if (ending !== "logoutEverywhere") await tryTicket(field.ledger, person.keeper, at(turn));
  else Object.assign(person, await signInAgain(at(1), person));
  return { ending, tookMs: endedMs - beganMs };
}

async function carryOut(
  ending: Ending,
  { asker, token, keeperToken, id }: { asker: Asker; token: string; keeperToken: string; id: string },
): Promise<void> {
  if (ending === "logout") await operate(asker, LogoutDocument, { token });
  else if (ending === "logoutSession")
    await operate(asker, LogoutSessionDocument, { token: keeperToken, variables: { id } });
  else if (ending === "logoutOthers") await operate(asker, LogoutOthersDocument, { token: keeperToken });
  else await operate(asker, LogoutEverywhereDocument, { token: keeperToken });
}

async function signInAgain(asker: Asker, { email }: Person): Promise<Person> {
  const { login } = await operate(asker, LoginDocument, { variables: { input: { email, password } } });
  return { email, keeper: ticketOf(login.accessToken), keeperToken: login.accessToken };
}
