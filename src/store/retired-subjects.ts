import { randomUUID } from "node:crypto";
import type mongoose from "mongoose";
import type { Connection } from "mongoose";
import { bounded } from "./bounded.js";
import { type ClusterTime, toClusterTime } from "./cluster-time.js";
import { clientOf, databaseOf } from "./database-of.js";
import { inOrder } from "./in-order.js";

/** A claim `sub` that is nobody's any more, and until when tokens may be about that have it. */
export type RetiredSubject = { subject: string; until: Date };

type Row = { _id: string; until: Date; mark: string };

export const retiredSubjectsCollection = "muster_retired_subjects";

const operationMs = 1_900;

/** A write that changes nothing would make no time of its own. */
const newMark = () => randomUUID();

/**
 * Subjects of deleted users, and those that were replaced: so that an instance that starts later refuses their tokens without asking for
 * their users. Kept as long as an access token lives; the TTL index tidies up, and nothing rests on it.
 */
export type RetiredSubjects = {
  /** Adds one, acknowledged by a majority; with the session of a transaction as a part of it. @throws MusterError `STORE_UNREACHABLE` */
  retire(retired: RetiredSubject, session?: mongoose.mongo.ClientSession): Promise<void>;
  /**
   * Writes one of a user's anew, where there is any: the time of that write, null on a standalone server; undefined: none. What was done to the user
   * before comes before it. @throws MusterError `STORE_UNREACHABLE`
   */
  touch(userId: string): Promise<ClusterTime | null | undefined>;
  /** All whose tokens may be about. One majority read from the primary that sees everything up to `after`. @throws MusterError `STORE_UNREACHABLE` */
  list(nowMs: number, after?: ClusterTime): Promise<RetiredSubject[]>;
  /** Makes the TTL index. */
  prepare(): Promise<void>;
};

export function createRetiredSubjects({
  connection,
  database,
}: {
  /** That of the revocations, whose transactions may be given. */
  connection: Connection;
  /** The users' database. */
  database: string;
}): RetiredSubjects {
  const rows = () => databaseOf(connection, database).collection<Row>(retiredSubjectsCollection);
  return {
    async retire({ subject, until }, session) {
      await bounded(operationMs, (signal) =>
        rows().updateOne({ _id: subject }, { $max: { until }, $set: { mark: newMark() } }, {
          upsert: true,
          ...(session ? { session } : { writeConcern: { w: "majority", j: true } }),
          signal,
        } as object),
      );
    },
    async touch(userId) {
      const session = clientOf(connection).startSession({ causalConsistency: true });
      try {
        // `<id>`, or `<id>.` and a random part: the character after the dot is the slash
        const ofUser = { $or: [{ _id: userId }, { _id: { $gt: `${userId}.`, $lt: `${userId}/` } }] };
        const { matchedCount } = await bounded(operationMs, (signal) =>
          rows().updateOne(ofUser, { $set: { mark: newMark() } }, {
            writeConcern: { w: "majority", j: true },
            session,
            signal,
          } as object),
        );
        if (matchedCount === 0) return undefined;
        return session.operationTime ? toClusterTime(session.operationTime) : null;
      } finally {
        void session.endSession();
      }
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
      await rows().createIndex({ until: 1 }, {
        expireAfterSeconds: 3_600,
        writeConcern: { w: "majority", j: true },
      } as object);
    },
  };
}
