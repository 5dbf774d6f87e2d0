import type { Connection } from "mongoose";
import { bounded } from "./bounded.js";
import type { ClusterTime } from "./cluster-time.js";
import { databaseOf } from "./database-of.js";
import { inOrder } from "./in-order.js";
import type { UserDocument } from "./user.model.js";
import type { UserStore } from "./users.js";

/** What a user's document may have that stands against tokens of the user. */
export type StandingUser = { userId: string } & Partial<
  Pick<UserDocument, "enabled" | "tokensValidAfter" | "endedTokens" | "subjectSuffix">
>;

/** Majority reads of the primary by the feed's connection, of a few fields of many users. Each sees everything up to `after`. */
export type StandingStore = {
  /** All who are disabled, or something of whom ended that was good until after `sinceMs`. @throws MusterError `STORE_UNREACHABLE` */
  all(sinceMs: number, after: ClusterTime): Promise<StandingUser[]>;
  /** Those of these users that there are. @throws MusterError `STORE_UNREACHABLE` */
  some(userIds: readonly string[], after: ClusterTime): Promise<StandingUser[]>;
};

/** A whole list may be long: every disabled user. */
const longestListMs = 30_000;
const readMs = 1_900;

export function createStandingStore({
  connection,
  users,
}: {
  /** The feed's. */
  connection: Connection;
  users: Pick<UserStore, "place" | "parseId">;
}): StandingStore {
  const projection = { enabled: 1, tokensValidAfter: 1, endedTokens: 1, subjectSuffix: 1 };
  const find = (limitMs: number, filter: object, after: ClusterTime): Promise<StandingUser[]> =>
    inOrder(connection, after, async (session) => {
      const { database, collection } = users.place;
      const reading = { readConcern: { level: "majority" }, readPreference: "primary", session } as const;
      const found = await bounded(limitMs, (signal) =>
        databaseOf(connection, database)
          .collection<UserDocument>(collection)
          .find(filter, { projection, ...reading, signal } as object)
          .toArray(),
      );
      return found.map(({ _id, ...user }) => ({ ...user, userId: String(_id) }));
    });

  return {
    all(sinceMs, after) {
      const since = { $gt: new Date(sinceMs) };
      return find(
        longestListMs,
        { $or: [{ enabled: false }, { tokensValidAfter: since }, { "endedTokens.until": since }] },
        after,
      );
    },
    some(userIds, after) {
      const ids = userIds.map(users.parseId).filter((id) => id !== undefined);
      return find(readMs, { _id: { $in: ids } }, after);
    },
  };
}
