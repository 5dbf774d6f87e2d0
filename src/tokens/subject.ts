import { newId } from "./claims.js";

/** `.` and 22 characters of the form `idPattern`, at the end. */
const suffixForm = /\.[A-Za-z0-9_-]{21}[AQgw]$/;
const suffixLength = 23;

/**
 * The claim `sub` of a user: the `_id` as text, and where it was replaced in an emergency a random part behind it.
 *
 * NOTE: an `_id` that itself ends like such a part can't be told from a subject that was replaced, and is refused.
 */
export const subjectOf = (userId: string, suffix: string | null | undefined): string =>
  suffix ? `${userId}.${suffix}` : userId;

/** The user's id in a subject. */
export const userIdOf = (subject: string): string =>
  suffixForm.test(subject) ? subject.slice(0, -suffixLength) : subject;

/** The random part of a subject that replaces another. */
export const newSubjectSuffix = newId;
