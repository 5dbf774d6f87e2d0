import { MusterError } from "../errors.js";
import type { Client, Parts } from "../parts.js";
import { hasRunOut } from "../sessions/has-run-out.js";
import type { SessionElement } from "../store/user.model.js";
import type { PickedUser } from "../store/users.js";
import { newId } from "../tokens/claims.js";
import { hasGoodMac, parseRefreshToken } from "../tokens/refresh-token.js";
import { type Credentials, credentialFields, describeClient, makeCredentials } from "./credentials.js";

const rounds = 4;

/**
 * Exchanges a refresh token for the next one and a new access token. Of racers exactly one moves the session on; within the grace
 * the others are given the winner's answer again. A token that is older, or comes after the grace, was used before by somebody: its
 * session ends, and only that one.
 *
 * @throws MusterError `REFRESH_INVALID` (ends nothing), `REFRESH_REUSED` (its session is ended), `USER_DISABLED`,
 * `STORE_UNREACHABLE`
 */
export async function refresh(parts: Parts, refreshToken: string, client: Client): Promise<Credentials> {
  const { users, rules, clock, refreshKey } = parts;
  const token = parseRefreshToken(refreshToken);
  const _id = token && users.parseId(token.userId);
  if (!token || _id === undefined) throw new MusterError("REFRESH_INVALID");

  for (let round = 0; round < rounds; round++) {
    const user = await users.find({ _id }, { fields: credentialFields, session: token.sessionId, databaseNow: true });
    const session = user?.sessions?.[0];
    if (!user || !session || !hasGoodMac(refreshKey, token, session.refreshSeed))
      throw new MusterError("REFRESH_INVALID");
    if (user.enabled === false) throw new MusterError("USER_DISABLED");
    // a session in its last second has no room for a token: `exp` is in whole seconds, and after `iat`
    if (hasRunOut(session, rules, clock.now() + 1_000)) throw new MusterError("REFRESH_INVALID");

    if (token.generation === session.generation) {
      const rotated = await rotate(parts, user, session, client);
      if (rotated) return rotated;
    } else if (token.generation === session.generation - 1 && isInGrace(user, session, rules.refreshGraceSeconds)) {
      return makeCredentials(parts, user, session);
    } else if (await endReused(parts, user, session)) {
      throw new MusterError("REFRESH_REUSED");
    }
    // somebody was faster: look again at what is there now
  }
  throw new MusterError("STORE_UNREACHABLE", { cause: new Error("the session moved on at every look") });
}

/** Measured by the database's clock alone. */
function isInGrace(user: PickedUser, session: SessionElement, graceSeconds: number): boolean {
  return user.databaseNow.getTime() - session.rotatedAt.getTime() < graceSeconds * 1_000;
}

async function rotate(
  parts: Parts,
  user: PickedUser,
  { id, generation }: SessionElement,
  client: Client,
): Promise<Credentials | null> {
  const { write, roll } = parts;
  const after = await write({
    name: "refresh",
    filter: { _id: user._id, enabled: { $ne: false }, sessions: { $elemMatch: { id, generation } } },
    sessions: roll.withRotated(id, { jti: newId(), ...describeClient(client) }),
    revokes: false,
    answer: "after",
    pick: { fields: credentialFields, session: id },
  });
  return after && makeCredentials(parts, after, after.sessions[0]!);
}

/** Ends the session whose old token came back, unless it has been proved anew since (its seed is another one then). */
async function endReused(
  { write, roll }: Parts,
  user: PickedUser,
  { id, refreshSeed }: SessionElement,
): Promise<boolean> {
  const ended = await write({
    name: "refresh-reused",
    filter: { _id: user._id, sessions: { $elemMatch: { id, refreshSeed } } },
    sessions: roll.without(id),
    reason: "REFRESH_REUSED",
    revokes: true,
    answer: "before",
    pick: { fields: [] },
  });
  return ended !== null;
}
