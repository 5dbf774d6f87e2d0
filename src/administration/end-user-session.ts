import { carryOut } from "../accounts/end-sessions.js";
import type { Parts } from "../parts.js";
import { parseUserId, present } from "./named-user.js";

/**
 * Ends one session of a user: 1, or 0 for an id that this user has no session of. Logins of the user that are in flight are overtaken.
 * @throws MusterError `NO_SUCH_USER`, and as `carryOut`
 */
export async function endUserSession(parts: Parts, { userId, id }: { userId: string; id: string }): Promise<number> {
  const _id = parseUserId(parts, userId);
  const count = await carryOut(
    parts,
    { _id },
    {
      name: "end-user-session",
      reason: "ENDED_BY_ADMIN",
      takes: "ONE_SESSION",
      ends: (session) => session.id === id,
      remaining: parts.roll.without(id),
      movesEpoch: true,
    },
  );
  return present(count);
}
