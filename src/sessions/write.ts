import type { Memory } from "../auth-state/memory.js";
import type { PublishEnded } from "../revocation/publish-ended.js";
import type { Strategy } from "../revocation/strategy.js";
import type { ClusterTime } from "../store/cluster-time.js";
import type { SystemState } from "../store/system.js";
import type { InTransaction } from "../store/transaction.js";
import type { Pick, PickedUser, UserStore } from "../store/users.js";
import { newId } from "../tokens/claims.js";
import { pipelineOf } from "./change.js";
import type { EndReason } from "./end-reasons.js";
import type { Expression, Roll } from "./roll.js";

/** One change of one user. */
export type Write = {
  /** What it is called where tests hold it. */
  name: string;
  /** Names the user's `_id` and everything that must hold for the change to be made. */
  filter: { _id: unknown } & Record<string, unknown>;
  /** Other fields, as expressions. */
  set?: Record<string, Expression>;
  /** The roll as it shall be; left as it is when left out. */
  sessions?: Expression;
  /** Whether that makes a token. */
  issues?: boolean;
  /** Whether every access token of the user from before is to die, also where its session is not on the roll any more. */
  endsAll?: boolean;
  /** Why those sessions end that are on the roll no more. */
  reason?: EndReason;
  /**
   * Whether it takes something away even where no session ends: a password, a role, an access token of a living session. Whether it
   * ends a session is decided inside the write, by the document as it is then.
   */
  revokes: boolean;
  /** What holds for everybody, where a token is made or sessions are dropped that it has ended. */
  system?: SystemState;
  /** Makes the change part of a transaction, and comes first in it; may be called again. What it throws is thrown, and nothing is changed. */
  first?: InTransaction<void> | undefined;
  answer: "before" | "after";
  pick: Pick;
};

/** What a change came to: the user as it was or is, whether it took something away, and when; null on a standalone server. */
export type Written = { user: PickedUser; revoked: boolean; time: ClusterTime | null };

/** Makes one change; null where the filter matched nothing, which is never a success. @throws MusterError `STORE_UNREACHABLE` */
export type WriteUser = (write: Write) => Promise<Written | null>;

/**
 * The one way in which a user is changed. A change that takes something away returns only when it is committed by a majority and no
 * instance admits what it took away; when that can't be made sure it fails, and repeating it is safe.
 *
 * @param strategy what it adds to a change that ends all tokens of the user
 * @param memory what this instance remembers, if it does
 * @param waitForAll resolves when no instance admits from memory what was ended at this time
 */
export function createWriteUser({
  users,
  roll,
  strategy,
  memory,
  waitForAll,
  publishEnded,
  onWritten,
}: {
  users: UserStore;
  roll: Roll;
  strategy: { endsAll?: Strategy["endsAll"]; keepsEndedTokens?: boolean | undefined };
  memory?: Memory | undefined;
  waitForAll: (time: ClusterTime | null) => Promise<unknown>;
  /** Makes known which tokens of a user have ended by this time, where the strategy tells somebody. */
  publishEnded?: PublishEnded | undefined;
  /** Called after each change, and waited for: whether it took something away. */
  onWritten?: (userId: string, revoked: boolean) => Promise<unknown> | undefined;
}): WriteUser {
  return async ({ name, filter, set, sessions, reason, answer, pick, issues = false, endsAll = false, ...given }) => {
    const { system, first } = given;
    const own = endsAll ? strategy.endsAll?.(roll) : undefined;
    const revokes = given.revokes || own !== undefined;
    const rev = newId();
    const userId = String(filter._id);
    const pipeline = pipelineOf(
      {
        set: { ...set, ...own },
        issues,
        sessions,
        reason,
        revokes,
        keepsEndedTokens: strategy.keepsEndedTokens,
        rev,
        grew: newId(),
        system,
      },
      roll,
    );
    const fields = [...pick.fields, "rev"] as const;
    if (revokes) memory?.evict(userId);
    try {
      const written = await users.update(name, filter, pipeline, { answer, pick: { ...pick, fields }, revokes, first });
      if (!written) return null;
      const { user, time } = written;
      const revoked = revokes || user.rev === rev;
      if (revoked) {
        memory?.evict(userId);
        await publishEnded?.(userId, time ?? undefined);
        await waitForAll(time);
      }
      await onWritten?.(userId, revoked);
      return { user, revoked, time };
    } catch (error) {
      memory?.evict(userId);
      throw error;
    }
  };
}
