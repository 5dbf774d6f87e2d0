import type { Admitted } from "../authenticate.js";
import { MusterError } from "../errors.js";
import type { Parts } from "../parts.js";
import type { EndReason } from "../sessions/end-reasons.js";
import { hasRunOut } from "../sessions/has-run-out.js";
import type { Expression } from "../sessions/roll.js";

/** The user's write is made only while the session that asks for it, and the token it asks with, stand on the roll. */
export function actingAs({ state, claims }: Admitted) {
  return {
    _id: state.key,
    enabled: { $ne: false },
    sessions: { $elemMatch: { id: claims.sid, "jtis.jti": claims.jti } },
  };
}

/** Why a write that acts as this token matched nothing: what the token is worth now. */
export async function whyNotActing(
  { authenticate }: Parts,
  { claims }: Admitted,
  otherwise: MusterError,
): Promise<MusterError> {
  const now = await authenticate.claims(claims);
  return now.outcome === "admit" ? otherwise : now.error;
}

export type Ending = {
  name: string;
  reason: EndReason;
  /** Which sessions end, by id; `remaining` says the same to the database. */
  ends: (id: string) => boolean;
  remaining: Expression;
  /** Whether logins that are in flight are overtaken. */
  movesEpoch: boolean;
};

/**
 * Ends sessions of the user who asks, in one write. An update that matched nothing is never a success: then somebody else has ended
 * the session that asks, and the answer says so.
 *
 * @returns how many sessions that had not run out were ended
 * @throws MusterError `SESSION_REVOKED`, …: the session that asks is not good any more; `STORE_UNREACHABLE`: it may still happen
 */
export async function endSessions(
  parts: Parts,
  asker: Admitted,
  { name, reason, ends, remaining, movesEpoch }: Ending,
): Promise<number> {
  const { write, roll, rules, clock } = parts;
  const before = await write({
    name,
    filter: actingAs(asker),
    set: { lastLogoutAt: roll.now(), ...(movesEpoch && { epoch: roll.nextEpoch }) },
    sessions: remaining,
    reason,
    revokes: true,
    answer: "before",
    pick: { fields: ["sessions.id", "sessions.expiresAt", "sessions.lastUsedAt"] },
  });
  if (!before) throw await whyNotActing(parts, asker, new MusterError("STORE_UNREACHABLE"));
  const now = clock.now();
  return before.sessions.filter((session) => ends(session.id) && !hasRunOut(session, rules, now)).length;
}
