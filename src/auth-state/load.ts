import type { ClusterTime } from "../store/cluster-time.js";
import type { UserStore } from "../store/users.js";
import { subjectOf } from "../tokens/subject.js";
import type { AuthState, OwnField } from "./auth-state.js";

/**
 * One projected read of a user by `_id` from the primary, and in the same command of what holds for everybody; null where there is no
 * such user.
 *
 * @param of `session`: of the roll only this one is read; `after`: the read sees everything up to this time
 * @throws MusterError `STORE_UNREACHABLE` when it can't be known
 */
export type LoadAuthState = (
  userId: string,
  of?: { session?: string | undefined; after?: ClusterTime | undefined },
) => Promise<AuthState | null>;

const common = [
  "email",
  "roles",
  "scopes",
  "enabled",
  "createdAt",
  "ended.id",
  "ended.reason",
  "subjectSuffix",
  "tokensValidAfter",
] as const;
const wholeRoll = [
  "sessions.id",
  "sessions.jtis.jti",
  "sessions.jtis.issuedAt",
  "sessions.sys",
  "sessions.lastUsedAt",
  "sessions.expiresAt",
  "sessions.authTime",
] as const;

/** @param own fields that a strategy judges by */
export function createAuthStateLoader({
  users,
  own = [],
}: {
  users: UserStore;
  own?: readonly OwnField[] | undefined;
}): LoadAuthState {
  const always = [...common, ...own];
  return async (userId, { session, after } = {}) => {
    const key = users.parseId(userId);
    if (key === undefined) return null;
    const pick = session === undefined ? { fields: [...always, ...wholeRoll] } : { fields: always, session };
    const found = await users.findWithSystem({ _id: key }, pick, { after });
    if (!found) return null;
    const { user, system } = found;
    return {
      key,
      id: userId,
      email: user.email,
      roles: user.roles ?? [],
      scopes: user.scopes ?? [],
      enabled: user.enabled !== false,
      subject: subjectOf(userId, user.subjectSuffix),
      tokensValidAfterMs: user.tokensValidAfter?.getTime() ?? 0,
      own: Object.fromEntries(own.map((field) => [field, user[field]])),
      system,
      createdAt: user.createdAt ?? new Date(0),
      sessions: (user.sessions ?? []).map(({ id, jtis, sys = 0, lastUsedAt, expiresAt, authTime }) => ({
        id,
        jtis: jtis.map(({ jti }) => jti),
        sys,
        issuedAtMs: jtis.at(-1)?.issuedAt.getTime() ?? 0,
        lastUsedAtMs: lastUsedAt.getTime(),
        expiresAtMs: expiresAt.getTime(),
        authTimeMs: authTime.getTime(),
      })),
      ended: (user.ended ?? []).map(({ id, reason }) => ({ id, reason })),
    };
  };
}
