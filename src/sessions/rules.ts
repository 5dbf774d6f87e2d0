/** How long tokens and sessions live, how many a user may have, and what a login ends. */
export type SessionRules = {
  accessTokenSeconds: number;
  refreshTokenSeconds: number;
  /** For how long, by the database's clock, the refresh token before the current one gets the current answer again. */
  refreshGraceSeconds: number;
  /** A session that was not used for so long has run out. */
  sessionIdleSeconds: number;
  /** A session that is so old has run out, used or not: the forced new login. */
  sessionAbsoluteSeconds: number;
  /** `lastUsedAt` is written at most once in so many seconds. */
  lastUsedSeconds: number;
  /** 1 to 1,000. */
  maxSessions: number;
  /** At the cap: end the least recently used session, or refuse the new login. */
  atSessionCap: "evict" | "refuse";
  newLoginEnds: "none" | "others";
  /** Which of a user's sessions a change of roles or scopes ends. */
  endOnRoleChange: "none" | "all";
};

export const defaultSessionRules: SessionRules = {
  accessTokenSeconds: 900,
  refreshTokenSeconds: 1_209_600,
  refreshGraceSeconds: 10,
  sessionIdleSeconds: 1_209_600,
  sessionAbsoluteSeconds: 7_776_000,
  lastUsedSeconds: 60,
  maxSessions: 50,
  atSessionCap: "evict",
  newLoginEnds: "none",
  endOnRoleChange: "none",
};

/** The faults of these rules, a sentence each. */
export function faultsOfRules(rules: SessionRules): string[] {
  const faults: string[] = [];
  if (rules.sessionIdleSeconds < 2 * rules.lastUsedSeconds) {
    faults.push("SESSION_IDLE_SECONDS must be at least twice LAST_USED_SECONDS.");
  }
  if (rules.refreshGraceSeconds > rules.accessTokenSeconds) {
    faults.push("REFRESH_GRACE_SECONDS must be at most ACCESS_TOKEN_SECONDS.");
  }
  if (rules.maxSessions < 1 || rules.maxSessions > 1_000) faults.push("MAX_SESSIONS must be 1 to 1000.");
  return faults;
}
