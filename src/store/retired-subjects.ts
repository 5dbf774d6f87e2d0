import type mongoose from "mongoose";
import type { Connection } from "mongoose";
import { bounded } from "./bounded.js";
import { databaseOf } from "./database-of.js";

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
  /** All whose tokens may be about. One majority read from the primary. @throws MusterError `STORE_UNREACHABLE` */
  list(nowMs: number): Promise<RetiredSubject[]>;
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
    async list(nowMs) {
      const found = await bounded(operationMs, (signal) =>
        rows()
          .find(
            { until: { $gt: new Date(nowMs) } },
            { readConcern: { level: "majority" }, readPreference: "primary", signal },
          )
          .toArray(),
      );
      return found.map(({ _id, until }) => ({ subject: _id, until }));
    },
    async prepare() {
      await rows().createIndex({ until: 1 }, { expireAfterSeconds: 3_600 });
    },
  };
}
