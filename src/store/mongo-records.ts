import type mongoose from "mongoose";
import type { Connection } from "mongoose";
import { bounded } from "./bounded.js";
import { databaseOf } from "./database-of.js";
import { StoreUnfitError } from "./prepare.js";
import { clockMarginMs, type RecordStore, type RecordStoreOptions, readRecord, type TokenRecord } from "./records.js";
import type { ReadLevel } from "./users.js";

export const recordsCollection = "muster_records";

/** `record` is JSON as text, so that no name and no value in it means anything to the database. */
type Row = { _id: string; expiresAt: Date; record?: string; deleted?: true };

export type MongoRecordsOptions<T extends TokenRecord> = RecordStoreOptions<T> & {
  connection: Connection;
  /** The users' database. */
  database: string;
  readConcern?: ReadLevel | undefined;
  /** The longest that one operation may take, in milliseconds. */
  operationMs?: number;
};

const indexMs = 30_000;

/**
 * Records in MongoDB: writes are acknowledged by a majority and journaled, reads go to the primary and see what a majority has. The TTL
 * index only tidies up.
 */
export function createMongoRecords<T extends TokenRecord>({
  connection,
  database,
  longestMs,
  parse,
  now,
  readConcern = "majority",
  operationMs = 1_000,
}: MongoRecordsOptions<T>): RecordStore<T> {
  const rows = () => databaseOf(connection, database).collection<Row>(recordsCollection);
  const writing = (signal: AbortSignal) => ({ writeConcern: { w: "majority", j: true }, signal }) as const;

  return {
    async prepare() {
      const key = { expiresAt: 1 } as const;
      const expireAfterSeconds = clockMarginMs / 1_000;
      await bounded(indexMs, () => rows().createIndex(key, { expireAfterSeconds })).catch((error) => {
        const { code } = (error as { cause?: { code?: unknown } }).cause ?? {};
        if (code !== 85 && code !== 86) throw error;
        throw new StoreUnfitError(
          `There is another index on "expiresAt" of ${recordsCollection}. Drop it, and start again.`,
        );
      });
    },

    async put(key, record, expiresAt) {
      const stays = { $or: ["$deleted", { $gt: ["$expiresAt", { $literal: new Date(now()) }] }] };
      const unlessThere = (field: "record" | "expiresAt", value: string | Date) => ({
        $cond: [stays, `$${field}`, { $literal: value }],
      });
      const written = await bounded(operationMs, (signal) =>
        rows().findOneAndUpdate(
          { _id: key },
          [
            {
              $set: {
                record: unlessThere("record", JSON.stringify(record)),
                expiresAt: unlessThere("expiresAt", expiresAt),
              },
            },
          ],
          { upsert: true, returnDocument: "after", projection: { deleted: 1 }, ...writing(signal) },
        ),
      );
      return written?.deleted !== true;
    },

    async amend(key, record, expiresAt) {
      const { matchedCount } = await bounded(operationMs, (signal) =>
        rows().updateOne(
          { _id: key, deleted: { $exists: false }, expiresAt: { $gt: new Date(now()) } },
          { $set: { record: JSON.stringify(record), expiresAt } },
          writing(signal) as mongoose.mongo.UpdateOptions,
        ),
      );
      return matchedCount === 1;
    },

    async get(key) {
      const row = await bounded(operationMs, (signal) =>
        rows().findOne({ _id: key }, { readConcern: { level: readConcern }, readPreference: "primary", signal }),
      );
      if (row?.record === undefined || row.deleted || row.expiresAt.getTime() <= now()) return null;
      return readRecord(row.record, parse);
    },

    async delete(keys) {
      if (keys.length === 0) return;
      const expiresAt = new Date(now() + longestMs);
      const update = { $set: { deleted: true as const, expiresAt }, $unset: { record: "" as const } };
      await bounded(operationMs, (signal) =>
        rows().bulkWrite(
          keys.map((_id) => ({ updateOne: { filter: { _id }, update, upsert: true } })),
          { ordered: false, ...writing(signal) },
        ),
      );
    },
  };
}
