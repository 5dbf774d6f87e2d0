import type { Connection } from "mongoose";
import { bounded } from "./bounded.js";
import { type ClusterTime, fromClusterTime, toClusterTime } from "./cluster-time.js";
import { databaseOf } from "./database-of.js";

/** A user whose sessions are others now than before this time. */
export type RollChange = { userId: string; at: ClusterTime };

/** A change stream that is open: changes in their order, and a rejection when it is dead. */
export type RollChangeSource = {
  /** When it begins: what is read after this time, and what this tells, is everything. */
  from: ClusterTime;
  next(): Promise<RollChange>;
  close(): Promise<void>;
};

/** @param options `all`: changes that take something away are told as well, and not only logins */
export type OpenRollChanges = (options: { all: boolean }) => Promise<RollChangeSource>;

type Event = { clusterTime: unknown; documentKey?: { _id: unknown } };

const isLogin = { operationType: "update", "updateDescription.updatedFields.lastLoginAt": { $exists: true } };
const onlyRefreshesOrTouches = {
  operationType: "update",
  "updateDescription.updatedFields.grew": { $exists: true },
  "updateDescription.updatedFields.lastLoginAt": { $exists: false },
};

const limitMs = 2_000;

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
  return async ({ all }) => {
    const match = all ? { operationType: { $ne: "insert" }, $nor: [onlyRefreshesOrTouches] } : isLogin;
    const project = { operationType: 1, clusterTime: 1, documentKey: 1 };
    const users = databaseOf(connection, database);
    const { operationTime } = await bounded(limitMs, (signal) => users.command({ ping: 1 }, { signal } as object));
    const from = toClusterTime(operationTime);
    const stream = users.collection(collection).watch<never, Event>([{ $match: match }, { $project: project }], {
      startAtOperationTime: fromClusterTime(from),
      maxAwaitTimeMS: 500,
    });
    return {
      from,
      async next() {
        const { documentKey, clusterTime } = (await stream.next()) as unknown as Event;
        if (!documentKey) throw new Error("the users' collection was dropped or renamed");
        return { userId: String(documentKey._id), at: toClusterTime(clusterTime) };
      },
      close: () => stream.close(),
    };
  };
}
