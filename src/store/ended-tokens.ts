import type { Connection } from "mongoose";
import { bounded } from "./bounded.js";
import type { ClusterTime } from "./cluster-time.js";
import { databaseOf } from "./database-of.js";
import { inOrder } from "./in-order.js";
import type { EndedToken, UserDocument } from "./user.model.js";
import type { UserStore } from "./users.js";

/** A whole list may be long. */
const longestListMs = 30_000;

/**
 * Lists what has ended of all users and expires after `sinceMs`: a majority read of the primary that sees everything up to `after`.
 * @throws MusterError `STORE_UNREACHABLE`
 */
export type ListEndedTokens = (sinceMs: number, after: ClusterTime | undefined) => Promise<EndedToken[]>;

export const createListEndedTokens =
  ({ connection, users }: { connection: Connection; users: Pick<UserStore, "place"> }): ListEndedTokens =>
  (sinceMs, after) =>
    inOrder(connection, after, async (session) => {
      const { database, collection } = users.place;
      const reading = { readConcern: { level: "majority" }, readPreference: "primary", session } as const;
      const since = new Date(sinceMs);
      const found = await bounded(longestListMs, (signal) =>
        databaseOf(connection, database)
          .collection<UserDocument>(collection)
          .find({ "endedTokens.until": { $gt: since } }, {
            projection: { _id: 0, endedTokens: 1 },
            ...reading,
            signal,
          } as object)
          .toArray(),
      );
      return found.flatMap(({ endedTokens = [] }) => endedTokens.filter(({ until }) => until > since));
    });
