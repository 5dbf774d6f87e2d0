import { notSupported } from "../accounts/end-sessions.js";
import { livingOn } from "../accounts/living-on.js";
import { MusterError } from "../errors.js";
import type { Parts } from "../parts.js";
import { countSessions } from "../store/count-sessions.js";
import { parseIssuedBefore } from "./issued-before.js";

const countMs = 1_000;

/**
 * Ends the sessions of all users, the one that asks included; with a date those whose newest token was issued before it. Logins and
 * refreshes that are in flight come to nothing: they may be answered, with tokens that are dead.
 *
 * @param input `confirm`: the name of the database
 * @returns how many live sessions there were to be ended; -1 where they could not be counted in time
 * @throws MusterError `CONFIRMATION_WRONG`, `DATE_IN_FUTURE`; `NOT_SUPPORTED_BY_STRATEGY`: they are ended, and their access tokens live on;
 * `STORE_UNREACHABLE`: it may still happen
 */
export async function endAllSessions(
  parts: Parts,
  { issuedBefore, confirm }: { issuedBefore?: Date | null | undefined; confirm: string },
): Promise<number> {
  const { users, roll, system, endForEverybody } = parts;
  if (confirm !== users.place.database) throw new MusterError("CONFIRMATION_WRONG");
  const date = parseIssuedBefore(parts, issuedBefore);
  const count = await countSessions(users, roll.liveBefore(date, await system.known()), countMs);
  await endForEverybody(date);
  const until = livingOn(parts, date ? "BY_TIME" : "EVERYTHING");
  if (until) throw notSupported(parts, until);
  return count ?? -1;
}
