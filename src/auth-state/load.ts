import type { ClusterTime } from "../store/cluster-time.js";
import type { UserStore } from "../store/users.js";
import type { AuthState } from "./auth-state.js";

/**
 * One projected read of a user by `_id` from the primary; null where there is no such user.
 *
 * @param of `session`: of the roll only this one is read; `after`: the read sees everything up to this time
 * @throws MusterError `STORE_UNREACHABLE` when it can't be known
 */
export type LoadAuthState = (
  userId: string,
  of?: { session?: string | undefined; after?: ClusterTime | undefined },
) => Promise<AuthState | null>;

const common = ["email", "roles", "scopes", "enabled", "createdAt", "ended.id", "ended.reason"] as const;
const wholeRoll = [
  "sessions.id",
  "sessions.jtis.jti",
  "sessions.lastUsedAt",
  "sessions.expiresAt",
  "sessions.authTime",
] as const;

export function createAuthStateLoader({ users }: { users: UserStore }): LoadAuthState {
  return async (userId, { session, after } = {}) => {
    const key = users.parseId(userId);
    if (key === undefined) return null;
    const pick = session === undefined ? { fields: [...common, ...wholeRoll] } : { fields: common, session };
    const user = await users.find({ _id: key }, pick, { after });
    if (!user) return null;
    return {
      key,
      id: userId,
      email: user.email,
      roles: user.roles ?? [],
      scopes: user.scopes ?? [],
      enabled: user.enabled !== false,
      createdAt: user.createdAt ?? new Date(0),
      sessions: (user.sessions ?? []).map(({ id, jtis, lastUsedAt, expiresAt, authTime }) => ({
        id,
        jtis: jtis.map(({ jti }) => jti),
        lastUsedAtMs: lastUsedAt.getTime(),
        expiresAtMs: expiresAt.getTime(),
        authTimeMs: authTime.getTime(),
      })),
      ended: (user.ended ?? []).map(({ id, reason }) => ({ id, reason })),
    };
  };
}
