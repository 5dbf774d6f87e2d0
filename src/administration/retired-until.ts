import type { SessionRules } from "../sessions/rules.js";
import type { PickedUser } from "../store/users.js";

/** Longer than a write takes that makes one more token between the look at the user and the change. */
const marginMs = 60_000;

/** What `retiredUntil` needs to be read. */
export const retiredFields = ["subjectSuffix", "lastIssuedAt", "sessions.jtis"] as const;

/** Until when tokens may be about that carry the user's subject of now. */
export function retiredUntil(
  { databaseNow, lastIssuedAt = databaseNow, sessions = [] }: PickedUser,
  { accessTokenSeconds }: Pick<SessionRules, "accessTokenSeconds">,
): Date {
  const newest = Math.max(databaseNow.getTime(), lastIssuedAt.getTime()) + accessTokenSeconds * 1_000;
  // tokens of a time when they lived longer
  const onRoll = sessions.flatMap(({ jtis }) => jtis.map(({ expiresAt }) => expiresAt.getTime()));
  return new Date(Math.max(newest, ...onRoll) + marginMs);
}
