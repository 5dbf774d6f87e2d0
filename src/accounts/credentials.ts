import { MusterError } from "../errors.js";
import type { Client, Parts } from "../parts.js";
import { ownClaimsOf } from "../revocation/index.js";
import type { NewSession } from "../sessions/roll.js";
import type { SystemState } from "../store/system.js";
import type { SessionElement, UserDocument } from "../store/user.model.js";
import { newId } from "../tokens/claims.js";
import { type AccessTokenContent, issueAccessToken } from "../tokens/issue.js";
import type { TokenSource } from "../tokens/opaque-token.js";
import { makeRefreshToken } from "../tokens/refresh-token.js";
import { subjectOf } from "../tokens/subject.js";
import { tokenIdOf } from "./token-place.js";

/** What a user gets who has signed in, refreshed or changed the password. */
export type Credentials = {
  accessToken: string;
  accessTokenExpiresAt: Date;
  refreshToken: string;
  refreshTokenExpiresAt: Date;
  session: SessionElement;
  user: UserDocument;
  /** Until when access tokens live on whose sessions this has ended; undefined where none do. */
  accessTokensLiveUntil?: Date | undefined;
};

/** The fields that credentials are made from, beside the session. */
export const credentialFields = [
  "email",
  "roles",
  "scopes",
  "enabled",
  "createdAt",
  "lastLoginAt",
  "lastLogoutAt",
  "passwordChangedAt",
  "subjectSuffix",
  "tokensValidAfter",
  "tokenVersion",
  "tokenKey",
  "tokenSecret",
] as const;

const userAgentLength = 256;
const deviceNameLength = 100;

/** The random and the descriptive parts of a new session. @param system as it was known before the user was read */
export function describeSession(
  { strategy }: Pick<Parts, "strategy">,
  {
    userId,
    system,
    client,
    deviceName,
  }: { userId: string; system: SystemState; client: Client; deviceName: string | null | undefined },
): NewSession {
  const [id, refreshSeed] = [newId(), newId()];
  return {
    id,
    jti: tokenIdOf({ strategy }, { userId, sessionId: id, generation: 0, refreshSeed }),
    refreshSeed,
    ip: client.ip,
    userAgent: cut(client.userAgent, userAgentLength),
    deviceName: cut(deviceName, deviceNameLength),
    sys: system.counter,
    entry: strategy.entry?.(userId),
  };
}

/** What a rotation writes of its request. */
export function describeClient({ ip, userAgent }: Client) {
  return { ip, userAgent: cut(userAgent, userAgentLength) };
}

const halfAtTheEnd = /[\ud800-\udbff]$/;

/** At most `length` code units of a text, and no half of a character; null for none. */
function cut(text: string | null | undefined, length: number): string | null {
  return text ? text.toWellFormed().slice(0, length).replace(halfAtTheEnd, "") : null;
}

/**
 * Makes the tokens of a session as it stands in the database: made again from the same element they are the same, claim for claim.
 *
 * @param user with `credentialFields` and this session in `sessions`
 * @param generation what the id of the access token was made from, where that is not the session's
 * @throws MusterError `STORE_UNREACHABLE` where tokens are kept in a store
 */
export async function makeCredentials(
  parts: Parts,
  user: UserDocument,
  session: SessionElement,
  system: SystemState,
  { generation = session.generation }: { generation?: number } = {},
): Promise<Credentials> {
  const { keys, refreshKey, issuer, audience, strategy } = parts;
  const userId = String(user._id);
  const entry = session.jtis.at(-1)!;
  const { jti, issuedAt, expiresAt } = entry;
  if (wholeSeconds(expiresAt) <= wholeSeconds(issuedAt)) throw new MusterError("SESSION_EXPIRED");
  const content: AccessTokenContent = {
    issuer,
    audience,
    sub: subjectOf(userId, user.subjectSuffix),
    sid: session.id,
    jti,
    issuedAt,
    expiresAt,
    authTime: session.authTime,
    sys: session.sys ?? 0,
    own: ownClaimsOf(strategy, user, entry),
  };
  const source: TokenSource = { userId, sessionId: session.id, generation, refreshSeed: session.refreshSeed };
  return {
    accessToken: strategy.kept
      ? await strategy.kept.issue(content, source)
      : issueAccessToken(keys, content, strategy.verificationKey?.({ tokenSecret: user.tokenSecret, system })),
    accessTokenExpiresAt: wholeSeconds(expiresAt),
    refreshToken: makeRefreshToken(refreshKey, {
      userId,
      sessionId: session.id,
      generation: session.generation,
      refreshSeed: session.refreshSeed,
    }),
    refreshTokenExpiresAt: session.expiresAt,
    session,
    user,
  };
}

/** What `exp` says. */
const wholeSeconds = (date: Date) => new Date(Math.floor(date.getTime() / 1_000) * 1_000);
