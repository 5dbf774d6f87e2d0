import mongoose, { type Connection } from "mongoose";
import { MusterError } from "../errors.js";
import { bounded } from "./bounded.js";
import { type ClusterTime, fromClusterTime, toClusterTime } from "./cluster-time.js";
import { clientOf, databaseOf } from "./database-of.js";

/** One instance as the others see it. */
export type InstanceRow = {
  id: string;
  /** Moves with every beat. */
  beat: number;
  /** For how long this instance, as it registered, may answer from memory after a proof. */
  leaseMs: number;
  /** Every change up to here has been applied by it; null before its first beat is back. */
  appliedThrough: ClusterTime | null;
};

/** The registrations, one row an instance. Every call rejects when its outcome is unknown. */
export type Registry = {
  /** Adds the own row, acknowledged by a majority, at this time. */
  register(row: { id: string; beat: number; leaseMs: number }): Promise<ClusterTime>;
  /** Moves the own row on, acknowledged by a majority; false where the row is gone. */
  beat(row: { id: string; beat: number; appliedThrough: ClusterTime | null }): Promise<boolean>;
  /** Tells, at once and by the primary alone, what has been applied. */
  acknowledge(row: { id: string; appliedThrough: ClusterTime }): Promise<void>;
  /** A majority write of the own row: its time, or null where the row is gone. */
  barrier(id: string): Promise<ClusterTime | null>;
  /** All rows as a majority has them after this time. */
  readAfter(time: ClusterTime): Promise<InstanceRow[]>;
  /** How many rows there are. */
  count(): Promise<number>;
  /** These rows as the primary has them now. */
  poll(ids: readonly string[]): Promise<InstanceRow[]>;
  /** Removes a row; with `beat` only while that is its number. */
  remove(row: { id: string; beat?: number }): Promise<void>;
};

export const registryCollection = "muster_instances";

type Row = {
  _id: string;
  beat: number;
  leaseMs: number;
  appliedThrough?: InstanceType<typeof mongoose.mongo.Timestamp>;
};

// how long one operation may take; a write of a user and the question who is registered stay below 3 s together
const writeMs = 2_000;
const readMs = 900;
const pollMs = 250;

const majority = { writeConcern: { w: "majority", j: true } } as const;

/**
 * The registrations in MongoDB. They have no TTL index: a row goes only with its instance, or by one who saw its beat stand still for
 * longer than its lease.
 */
export function createRegistry({
  connection,
  database,
}: {
  connection: Connection;
  /** The users' database. */
  database: string;
}): Registry {
  const rows = () => databaseOf(connection, database).collection<Row>(registryCollection);
  const timeOf = (session: mongoose.mongo.ClientSession): ClusterTime => {
    if (!session.operationTime)
      throw new MusterError("STORE_UNREACHABLE", { cause: new Error("no operation time: not a replica set") });
    return toClusterTime(session.operationTime);
  };
  const toRow = ({ _id, beat, leaseMs, appliedThrough }: Row): InstanceRow => ({
    id: _id,
    beat,
    leaseMs,
    appliedThrough: appliedThrough ? toClusterTime(appliedThrough) : null,
  });

  return {
    // each in a session of its own: a used one makes a write wait for what was read before
    register: ({ id, beat, leaseMs }) =>
      clientOf(connection).withSession(async (session) => {
        await bounded(writeMs, (signal) =>
          rows().updateOne({ _id: id }, { $max: { beat }, $set: { leaseMs } }, {
            upsert: true,
            ...majority,
            session,
            signal,
          } as object),
        );
        return timeOf(session);
      }),

    async beat({ id, beat, appliedThrough }) {
      const $max = { beat, ...(appliedThrough !== null && { appliedThrough: fromClusterTime(appliedThrough) }) };
      const { matchedCount } = await bounded(writeMs, (signal) =>
        rows().updateOne({ _id: id }, { $max }, { ...majority, signal } as object),
      );
      return matchedCount === 1;
    },

    async acknowledge({ id, appliedThrough }) {
      await bounded(writeMs, (signal) =>
        rows().updateOne({ _id: id }, { $max: { appliedThrough: fromClusterTime(appliedThrough) } }, {
          writeConcern: { w: 1 },
          signal,
        } as object),
      );
    },

    barrier: (id) =>
      clientOf(connection).withSession(async (session) => {
        const { matchedCount } = await bounded(writeMs, (signal) =>
          rows().updateOne({ _id: id }, { $inc: { barriers: 1 } }, { ...majority, session, signal } as object),
        );
        return matchedCount === 1 ? timeOf(session) : null;
      }),

    readAfter: (time) =>
      clientOf(connection).withSession({ causalConsistency: true }, async (session) => {
        session.advanceOperationTime(fromClusterTime(time));
        const found = await bounded(readMs, (signal) =>
          rows()
            .find({}, { session, readConcern: { level: "majority" }, readPreference: "primary", signal })
            .toArray(),
        );
        return found.map(toRow);
      }),

    count: () =>
      bounded(readMs, (signal) =>
        rows().countDocuments({}, { readConcern: { level: "majority" }, readPreference: "primary", signal }),
      ),

    async poll(ids) {
      const found = await bounded(pollMs, (signal) =>
        rows()
          .find({ _id: { $in: [...ids] } }, { readConcern: { level: "local" }, readPreference: "primary", signal })
          .toArray(),
      );
      return found.map(toRow);
    },

    async remove({ id, beat }) {
      await bounded(writeMs, (signal) =>
        rows().deleteOne({ _id: id, ...(beat !== undefined && { beat }) }, { ...majority, signal } as object),
      );
    },
  };
}
