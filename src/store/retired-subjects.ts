import type mongoose from "mongoose";
import type { Connection } from "mongoose";
import { bounded } from "./bounded.js";
import type { ClusterTime } from "./cluster-time.js";
import { databaseOf } from "./database-of.js";
import { inOrder } from "./in-order.js";

/** A claim `sub` that is nobody's any more, and until when tokens may be about that have it. */
export type RetiredSubject = { subject: string; until: Date };

type Row = { _id: string; until: Date };

export const retiredSubjectsCollection = "muster_retired_subjects";

const operationMs = 1_900;

/**
 * Subjects of deleted users, and those that were replaced: so that an instance that starts later refuses their tokens without asking for
 * their users. Kept as long as an access token lives; the TTL index tidies up, and nothing rests on it.
 */
export type RetiredSubjects = {
  /** Adds one, acknowledged by a majority; with the session of a transaction as a part of it. @throws MusterError `STORE_UNREACHABLE` */
  retire(retired: RetiredSubject, session?: mongoose.mongo.ClientSession): Promise<void>;
  /** All whose tokens may be about. One majority read from the primary that sees everything up to `after`. @throws MusterError `STORE_UNREACHABLE` */
  list(nowMs: number, after?: ClusterTime): Promise<RetiredSubject[]>;
  /** Makes the TTL index. */
  prepare(): Promise<void>;
};

export function createRetiredSubjects({
  connection,
  database,
}: {
  connection: Connection;
  /** The users' database. */
  database: string;
}): RetiredSubjects {
  const rows = () => databaseOf(connection, database).collection<Row>(retiredSubjectsCollection);
  return {
    async retire({ subject, until }, session) {
      await bounded(operationMs, (signal) =>
        rows().updateOne({ _id: subject }, { $max: { until } }, {
          upsert: true,
          ...(session ? { session } : { writeConcern: { w: "majority", j: true } }),
          signal,
        } as object),
      );
    },
    list: (nowMs, after) =>
      inOrder(connection, after, async (session) => {
        const reading = { readConcern: { level: "majority" }, readPreference: "primary" } as const;
        const found = await bounded(operationMs, (signal) =>
          rows()
            .find({ until: { $gt: new Date(nowMs) } }, { ...reading, signal, ...(session && { session }) })
            .toArray(),
        );
        return found.map(({ _id, until }) => ({ subject: _id, until }));
      }),
    async prepare() {
      await rows().createIndex({ until: 1 }, { expireAfterSeconds: 3_600 });
    },
  };
}
