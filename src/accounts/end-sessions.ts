import type { Admitted } from "../authenticate.js";
import { MusterError } from "../errors.js";
import type { Parts } from "../parts.js";
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
export async function whyNotActing({ authenticate }: Parts, { claims }: Admitted, otherwise: MusterError): Promise<MusterError> {
  const now = await authenticate.claims(claims);
  return now.outcome === "admit" ? otherwise : now.error;
}

/**
 * Ends sessions of the user who asks, in one write. An update that matched nothing is never a success: then somebody else has ended
 * the session that asks, and the answer says so.
 *
 * @param ends which sessions end, by id; `remaining` is the same said to the database
 * @returns how many sessions that had not run out were ended
 * @throws MusterError `SESSION_REVOKED`, …: the session that asks is not good any more; `STORE_UNREACHABLE`: it may still happen
 */
export async function endSessions(
  parts: Parts,
  asker: Admitted,
  name: string,
  { ends, remaining, movesEpoch }: { ends: (id: string) => boolean; remaining: Expression; movesEpoch: boolean },
): Promise<number> {
  const { users, roll, clock } = parts;
  const epoch = movesEpoch ? { epoch: roll.nextEpoch } : {};
  const before = await users.update(
    name,
    actingAs(asker),
    [{ $set: { sessions: remaining, lastLogoutAt: roll.now(), ...epoch } }],
    { answer: "before", pick: { fields: ["sessions.id", "sessions.expiresAt"] } },
  );
  if (!before) throw await whyNotActing(parts, asker, new MusterError("STORE_UNREACHABLE"));
  return before.sessions.filter(({ id, expiresAt }) => ends(id) && expiresAt.getTime() > clock.now()).length;
}
