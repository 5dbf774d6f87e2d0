import type { Connection } from "mongoose";
import { type ClusterTime, toClusterTime } from "./cluster-time.js";
import { databaseOf } from "./database-of.js";

/** A user whose sessions are others now than before this time. */
export type RollChange = { userId: string; at: ClusterTime };

/** A change stream that is open: changes in their order, and a rejection when it is dead. */
export type RollChangeSource = {
  /** Resolves when the stream has begun: whatever is committed later will be told. */
  begun(): Promise<void>;
  next(): Promise<RollChange>;
  close(): Promise<void>;
};

/** @param options `all`: changes that take something away are told as well, and not only logins */
export type OpenRollChanges = (options: { all: boolean }) => RollChangeSource;

type Event = { clusterTime: unknown; documentKey: { _id: unknown } };

const isLogin = { operationType: "update", "updateDescription.updatedFields.lastLoginAt": { $exists: true } };
const onlyRefreshesOrTouches = {
  operationType: "update",
  "updateDescription.updatedFields.grew": { $exists: true },
  "updateDescription.updatedFields.lastLoginAt": { $exists: false },
};

/** A change stream of what happens to the users' rolls: logins, of which the feed of an instance hears nothing. */
export function createRollChanges({
  connection,
  database,
  collection,
}: {
  connection: Connection;
  /** The users' database and collection. */
  database: string;
  collection: string;
}): OpenRollChanges {
  return ({ all }) => {
    const match = all ? { operationType: { $ne: "insert" }, $nor: [onlyRefreshesOrTouches] } : isLogin;
    const project = { operationType: 1, clusterTime: 1, documentKey: 1 };
    const stream = databaseOf(connection, database)
      .collection(collection)
      .watch<never, Event>([{ $match: match }, { $project: project }], { maxAwaitTimeMS: 500 });
    let first: Event | null = null;
    return {
      async begun() {
        first = (await stream.tryNext()) as unknown as Event | null;
      },
      async next() {
        const event = first ?? ((await stream.next()) as unknown as Event);
        first = null;
        if (!event.documentKey) throw new Error("the users' collection was dropped or renamed");
        return { userId: String(event.documentKey._id), at: toClusterTime(event.clusterTime) };
      },
      close: () => stream.close(),
    };
  };
}
