import type { UserStore } from "../store/users.js";

/** What admission needs to know of one session. */
export type SessionState = {
  id: string;
  jtis: readonly string[];
  lastUsedAt: Date;
  expiresAt: Date;
  authTime: Date;
};

/** The few fields of a user document that admission and `me` need. */
export type AuthState = {
  /** `_id` as the store has it. */
  key: unknown;
  id: string;
  email: string;
  roles: readonly string[];
  scopes: readonly string[];
  enabled: boolean;
  createdAt: Date;
  sessions: readonly SessionState[];
};

/** Finds the auth state of a user as one session needs it; null where there is no such user. Rejects when it can't be known. */
export type LoadAuthState = (userId: string, sessionId: string) => Promise<AuthState | null>;

/** One projected read by `_id` from the primary. Of the roll it reads the one session that is asked for. */
export function createAuthStateLoader({ users }: { users: UserStore }): LoadAuthState {
  const fields = ["email", "roles", "scopes", "enabled", "createdAt"] as const;
  return async (userId, sessionId) => {
    const key = users.parseId(userId);
    if (key === undefined) return null;
    const user = await users.find({ _id: key }, { fields, session: sessionId });
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
        lastUsedAt,
        expiresAt,
        authTime,
      })),
    };
  };
}
