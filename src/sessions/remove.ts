import type { Memory } from "../auth-state/memory.js";
import type { ClusterTime } from "../store/cluster-time.js";
import type { UserStore } from "../store/users.js";

/**
 * Deletes one user; false where the filter matched nothing. Returns only when that is committed by a majority and no instance admits the user's
 * tokens. @throws MusterError `STORE_UNREACHABLE`: it may still happen, and repeating it is safe
 */
export type RemoveUser = (removal: {
  name: string;
  filter: { _id: unknown } & Record<string, unknown>;
}) => Promise<boolean>;

/** The one way in which a user is deleted; the options are those of `createWriteUser`. */
export function createRemoveUser({
  users,
  memory,
  waitForAll,
  onWritten,
}: {
  users: Pick<UserStore, "remove">;
  memory?: Memory | undefined;
  waitForAll: (time: ClusterTime | null) => Promise<unknown>;
  onWritten?: (userId: string) => Promise<unknown> | undefined;
}): RemoveUser {
  return async ({ name, filter }) => {
    const userId = String(filter._id);
    memory?.evict(userId);
    try {
      const removed = await users.remove(name, filter);
      if (!removed) return false;
      memory?.evict(userId);
      await waitForAll(removed.time);
      await onWritten?.(userId);
      return true;
    } catch (error) {
      memory?.evict(userId);
      throw error;
    }
  };
}
