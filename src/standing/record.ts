import type { StandingUser } from "../store/standing.js";
import type { AccessClaims } from "../tokens/claims.js";
import { subjectOf } from "../tokens/subject.js";

/** What stands against tokens of one user. Times in milliseconds since the epoch. */
export type StandingRecord = {
  /** Against all of them: the user is disabled, or was deleted. */
  all: boolean;
  /** Against those with another claim `sub`; null: the subject was never replaced. */
  subject: string | null;
  /** Against those issued before this. */
  validAfterMs: number;
  /** Against these; null for none. */
  ended: readonly string[] | null;
  /** When nothing of it is needed any more; Infinity for as long as it stands. */
  endsMs: number;
};

/**
 * What stands against a user's tokens by the document as it was read, null for nothing; `undefined` in place of the user: there is no such user.
 *
 * @param keptMs how long after its moment that which ends tokens is needed: as long as they live
 */
export function toRecord(
  user: StandingUser | undefined,
  { nowMs, keptMs }: { nowMs: number; keptMs: number },
): StandingRecord | null {
  const record = { all: false, subject: null, validAfterMs: 0, ended: null };
  if (!user) return { ...record, all: true, endsMs: nowMs + keptMs };
  const { userId, enabled, tokensValidAfter, endedTokens = [], subjectSuffix } = user;
  const disabled = enabled === false;
  const validAfterMs = tokensValidAfter?.getTime() ?? 0;
  const ends = [
    disabled ? Number.POSITIVE_INFINITY : 0,
    // when it was replaced is not known: lately, at worst
    subjectSuffix ? nowMs + keptMs : 0,
    validAfterMs > 0 ? validAfterMs + keptMs : 0,
    // a token can't have been good for longer from then on than one that was issued then
    ...endedTokens.map(({ until }) => until.getTime() + keptMs),
  ];
  const endsMs = Math.max(...ends);
  if (endsMs <= nowMs) return null;
  return {
    all: disabled,
    subject: subjectSuffix ? subjectOf(userId, subjectSuffix) : null,
    validAfterMs,
    ended: endedTokens.length > 0 ? endedTokens.map(({ jti }) => jti) : null,
    endsMs,
  };
}

/** Whether something stands against a token that says this. */
export const speaksAgainst = (
  { all, subject, validAfterMs, ended }: StandingRecord,
  { sub, ims, jti }: Pick<AccessClaims, "sub" | "ims" | "jti">,
): boolean => all || (subject !== null && sub !== subject) || ims < validAfterMs || (ended?.includes(jti) ?? false);
