import type { ClusterTime } from "../store/cluster-time.js";
import type { UserStore } from "../store/users.js";
import type { Strategy } from "./strategy.js";

/** Makes known which tokens of a user have ended by this time, and resolves when it is. @throws MusterError `STORE_UNREACHABLE` */
export type PublishEnded = (userId: string, after: ClusterTime | undefined) => Promise<void>;

/**
 * Reads what has ended and hands it to the strategy; undefined where the strategy tells nobody. Every time all of it: so a repeat that finds
 * the roll empty tells as much as the first attempt, and so does an instance that hears of a change.
 */
export function createPublishEnded({
  strategy,
  users,
}: {
  strategy: Pick<Strategy, "publishEnded">;
  users: Pick<UserStore, "find" | "parseId">;
}): PublishEnded | undefined {
  if (!strategy.publishEnded) return undefined;
  return async (userId, after) => {
    const key = users.parseId(userId);
    if (key === undefined) return;
    const user = await users.find({ _id: key }, { fields: ["endedTokens"] }, { after });
    await strategy.publishEnded?.(userId, user?.endedTokens ?? []);
  };
}
