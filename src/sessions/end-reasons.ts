/** Why a session ended: what listeners are told, and what a refused token's answer says. */
export const endReasons = {
  LOGGED_OUT: "its user logged out",
  SESSION_ENDED: "its user ended it from another session",
  LOGGED_OUT_OTHERS: "its user ended all sessions but one",
  LOGGED_OUT_EVERYWHERE: "its user ended all sessions",
  PASSWORD_CHANGED: "the password was changed",
  NEW_LOGIN: "a new login replaced it",
  SESSION_LIMIT: "newer sessions took its place",
  EVERYTHING_ENDED: "an operator ended every session",
  REFRESH_REUSED: "its refresh token was used twice",
} as const;

export type EndReason = keyof typeof endReasons;
