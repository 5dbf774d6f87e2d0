import { MusterError } from "../errors.js";
import type { Client, Parts } from "../parts.js";
import { hasRunOut } from "../sessions/has-run-out.js";
import { isEndedSince } from "../sessions/is-ended-since.js";
import type { Written } from "../sessions/write.js";
import type { ClusterTime } from "../store/cluster-time.js";
import type { SystemState } from "../store/system.js";
import type { SessionElement } from "../store/user.model.js";
import type { PickedUser } from "../store/users.js";
import { hasGoodMac, type ParsedRefreshToken, parseRefreshToken } from "../tokens/refresh-token.js";
import { type Credentials, credentialFields, describeClient, makeCredentials } from "./credentials.js";
import { tokenIdOf, withTokenPlace } from "./token-place.js";

const rounds = 5;

/**
 * Exchanges a refresh token for the next one and a new access token. Of racers exactly one moves the session on; within the grace
 * the others are given the winner's answer again. A token that is older, or comes after the grace, was used before by somebody: its
 * session ends, and only that one.
 *
 * @throws MusterError `REFRESH_INVALID` (ends nothing), `REFRESH_REUSED` (its session is ended), `USER_DISABLED`,
 * `STORE_UNREACHABLE`
 */
export async function refresh(parts: Parts, refreshToken: string, client: Client): Promise<Credentials> {
  const { users, rules, leases, system } = parts;
  const token = parseRefreshToken(refreshToken);
  const _id = token && users.parseId(token.userId);
  if (!token || _id === undefined) throw new MusterError("REFRESH_INVALID");

  const everybody = await system.known();
  let after: ClusterTime | undefined;
  for (let round = 0; round < rounds; round++) {
    const pick = { fields: credentialFields, session: token.sessionId, databaseNow: true } as const;
    const user = await users.find({ _id }, pick, { after });
    const session = user?.sessions?.[0];
    const refused = whyRefused(parts, token, user, session, everybody);
    if (refused || !user || !session) {
      // a primary that was deposed and does not know it may lack what another has written: who refuses has read after a write
      after = after === undefined ? await leases.barrier() : undefined;
      if (after === undefined) throw new MusterError(refused ?? "REFRESH_INVALID");
      continue;
    }

    if (token.generation === session.generation) {
      const rotated = await rotate(parts, user, session, client, everybody);
      if (rotated) return rotated;
    } else if (token.generation === session.generation - 1 && isInGrace(user, session, rules.refreshGraceSeconds)) {
      return makeCredentials(parts, user, session, everybody);
    } else if (await endReused(parts, user, session, token)) {
      throw new MusterError("REFRESH_REUSED");
    }
    // somebody was faster: look again at what is there now
  }
  throw new MusterError("STORE_UNREACHABLE", { cause: new Error("the session moved on at every look") });
}

/** Why the session, as it was read, does not take this token at all; undefined where it does, or did once. */
function whyRefused(
  { rules, clock, refreshKey }: Parts,
  token: ParsedRefreshToken,
  user: PickedUser | null,
  session: SessionElement | undefined,
  everybody: SystemState,
): "REFRESH_INVALID" | "USER_DISABLED" | undefined {
  if (!user || !session || !hasGoodMac(refreshKey, token, session.refreshSeed)) return "REFRESH_INVALID";
  if (user.enabled === false) return "USER_DISABLED";
  // a session in its last second has no room for a token: `exp` is in whole seconds, and after `iat`
  if (hasRunOut(session, rules, clock.now() + 1_000)) return "REFRESH_INVALID";
  if (isEndedSince(session, user, everybody)) return "REFRESH_INVALID";
  // newer than what was read: the roll was brought back from a copy
  if (token.generation > session.generation) return "REFRESH_INVALID";
  return undefined;
}

/** Measured by the database's clock alone. */
function isInGrace(user: PickedUser, session: SessionElement, graceSeconds: number): boolean {
  return user.databaseNow.getTime() - session.rotatedAt.getTime() < graceSeconds * 1_000;
}

async function rotate(
  parts: Parts,
  user: PickedUser,
  session: SessionElement,
  client: Client,
  everybody: SystemState,
): Promise<Credentials | null> {
  const { write, roll, strategy } = parts;
  const { id, generation, refreshSeed } = session;
  const userId = String(user._id);
  const entry = strategy.entry?.(userId);
  const jti = tokenIdOf(parts, { userId, sessionId: id, generation: generation + 1, refreshSeed });
  const place = { jti, isOurs: false, isOnRoll: (made: Written | null) => made !== null };
  const written = await withTokenPlace(parts, place, () =>
    write({
      name: "refresh",
      filter: { _id: user._id, enabled: { $ne: false }, sessions: { $elemMatch: { id, generation } } },
      sessions: roll.withRotated(id, { jti, entry, ...describeClient(client) }),
      issues: true,
      system: everybody,
      revokes: false,
      answer: "after",
      pick: { fields: credentialFields, session: id },
    }),
  );
  if (!written) return null;
  await refuseOvertaken(parts, user, session, written.time);
  return makeCredentials(parts, written.user, written.user.sessions[0]!, everybody);
}

/**
 * What was ended for everybody by a date, after it was looked at and before the session moved on, does not come back with its new token:
 * the token has not been handed out, and the session is taken off the roll.
 *
 * NOTE: were this instance to die between the two writes, a racer could be given the token again within the grace.
 */
async function refuseOvertaken(
  { write, roll, system }: Parts,
  user: PickedUser,
  asRead: SessionElement,
  movedOn: ClusterTime | null,
): Promise<void> {
  if (!isEndedSince(asRead, user, await system.since(movedOn))) return;
  await write({
    name: "refresh-overtaken",
    filter: { _id: user._id },
    sessions: roll.without(asRead.id),
    reason: "EVERYTHING_ENDED",
    revokes: true,
    answer: "before",
    pick: { fields: [] },
  });
  throw new MusterError("REFRESH_INVALID");
}

/** Ends the session whose old token came back, unless it has been proved anew since (its seed is another one then). */
async function endReused(
  { write, roll }: Parts,
  user: PickedUser,
  { id, refreshSeed }: SessionElement,
  { generation }: ParsedRefreshToken,
): Promise<boolean> {
  const ended = await write({
    name: "refresh-reused",
    filter: { _id: user._id, sessions: { $elemMatch: { id, refreshSeed, generation: { $gt: generation } } } },
    sessions: roll.without(id),
    reason: "REFRESH_REUSED",
    revokes: true,
    answer: "before",
    pick: { fields: [] },
  });
  return ended !== null;
}
