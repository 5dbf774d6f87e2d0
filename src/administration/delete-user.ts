import { countLive } from "../accounts/end-sessions.js";
import { livingOn } from "../accounts/living-on.js";
import { MusterError } from "../errors.js";
import type { Parts } from "../parts.js";
import { liveFields } from "../sessions/is-live.js";
import type { PickedUser } from "../store/users.js";
import { subjectOf } from "../tokens/subject.js";
import { writeSparingLastAdmin } from "./last-admin.js";
import { type Administered, parseUserId } from "./named-user.js";
import { retiredFields, retiredUntil } from "./retired-until.js";

const rounds = 5;

/**
 * Deletes a user. In three steps, after each of which every token of the user is refused, and which a repeat begins again: the user is disabled and
 * all sessions end; the subject is retired, for instances that start later; the document is deleted, unless the user was enabled meanwhile.
 *
 * NOTE: an application that gives a new user the `_id` of a deleted one within an access token's lifetime brings back the subject.
 *
 * @throws MusterError `NO_SUCH_USER`, `LAST_ADMIN`, `TRANSACTIONS_UNAVAILABLE`; `STORE_UNREACHABLE`: it may still happen, and the user may be left
 * disabled
 */
export async function deleteUser(
  parts: Parts,
  { id }: { id: string },
): Promise<Administered<{ revokedCount: number }>> {
  const { system, retiredSubjects, remove, rules } = parts;
  const _id = parseUserId(parts, id);
  const everybody = await system.known();
  let revokedCount = 0;
  const deleted = () => ({ revokedCount, accessTokensLiveUntil: livingOn(parts, "ALL_SESSIONS") });
  for (let round = 0; round < rounds; round++) {
    const user = await disable(parts, _id);
    if (!user) {
      await waitForEarlierDeletion(parts, id);
      return deleted();
    }
    revokedCount += countLive(parts, user, everybody);
    await retiredSubjects.retire({ subject: subjectOf(id, user.subjectSuffix), until: retiredUntil(user, rules) });
    if (await remove({ name: "delete-user", filter: { _id, enabled: false } })) return deleted();
  }
  throw new MusterError("STORE_UNREACHABLE", { cause: new Error("the user was enabled again at every look") });
}

async function disable(parts: Parts, _id: unknown): Promise<PickedUser | null> {
  const { roll } = parts;
  const written = await writeSparingLastAdmin(parts, {
    name: "disable-before-delete",
    filter: { _id },
    set: { enabled: false, epoch: roll.nextEpoch },
    sessions: roll.empty(),
    endsAll: true,
    reason: "USER_DELETED",
    revokes: true,
    answer: "before",
    pick: { fields: [...liveFields, ...retiredFields], databaseNow: true },
  });
  return written ? written.user : null;
}

/** A repeat finds nobody: it promises as much as the first, whose outcome may not have been known. */
async function waitForEarlierDeletion({ retiredSubjects, leases }: Parts, id: string): Promise<void> {
  const time = await retiredSubjects.touch(id);
  if (time === undefined) throw new MusterError("NO_SUCH_USER");
  leases.memory.evict(id);
  await leases.waitForAll(time);
}
