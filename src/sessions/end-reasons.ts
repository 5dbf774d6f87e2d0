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
  ENDED_BY_ADMIN: "an operator ended it",
  USER_DISABLED: "its user was disabled",
  USER_DELETED: "its user was deleted",
  ROLES_CHANGED: "its user's roles or scopes were changed",
  SUBJECT_REPLACED: "an operator replaced its user's subject",
} as const;

export type EndReason = keyof typeof endReasons;
