import { countLive, notSupported } from "../accounts/end-sessions.js";
import { livingOn } from "../accounts/living-on.js";
import { MusterError } from "../errors.js";
import type { Parts } from "../parts.js";
import { liveFields } from "../sessions/is-live.js";
import { literal } from "../sessions/roll.js";
import type { PickedUser } from "../store/users.js";
import { newSubjectSuffix, subjectOf } from "../tokens/subject.js";
import { parseUserId } from "./named-user.js";
import { retiredFields, retiredUntil } from "./retired-until.js";

const rounds = 5;

/**
 * Gives a user another subject, for an emergency: no token with the old one is good any more, whoever made it. All sessions end; says how many.
 *
 * The old subject is retired in the same transaction, so that it is never retired while it is still the user's, nor forgotten once it is not. On a
 * standalone server, where nobody answers without a read, it is retired before.
 *
 * @throws MusterError `NO_SUCH_USER`; `NOT_SUPPORTED_BY_STRATEGY`: access tokens with the old subject live on; `STORE_UNREACHABLE`: it may still
 * happen
 */
export async function replaceSubject(parts: Parts, { userId }: { userId: string }): Promise<number> {
  const { users, system, retiredSubjects, hasTransactions, rules } = parts;
  const _id = parseUserId(parts, userId);
  const transacts = await hasTransactions();
  for (let round = 0; round < rounds; round++) {
    const user = await users.find({ _id }, { fields: retiredFields, databaseNow: true });
    if (!user) throw new MusterError("NO_SUCH_USER");
    const retired = { subject: subjectOf(userId, user.subjectSuffix), until: retiredUntil(user, rules) };
    if (!transacts) await retiredSubjects.retire(retired);
    const everybody = await system.known();
    const replaced = await replace(
      parts,
      user,
      transacts ? (session) => retiredSubjects.retire(retired, session) : undefined,
    );
    // null: somebody else has replaced it, or deleted the user
    if (!replaced) continue;
    const until = livingOn(parts, "ALL_SESSIONS");
    if (until) throw notSupported(parts, until);
    return countLive(parts, replaced.user, everybody);
  }
  throw new MusterError("STORE_UNREACHABLE", { cause: new Error("the subject was another one at every look") });
}

const replace = (
  { write, roll }: Parts,
  { _id, subjectSuffix }: PickedUser,
  first: Parameters<Parts["write"]>[0]["first"],
) =>
  write({
    name: "replace-subject",
    filter: { _id, subjectSuffix: subjectSuffix ?? null },
    set: { subjectSuffix: literal(newSubjectSuffix()), epoch: roll.nextEpoch },
    sessions: roll.empty(),
    endsAll: true,
    reason: "SUBJECT_REPLACED",
    revokes: true,
    first,
    answer: "before",
    pick: { fields: liveFields },
  });
