import type { Connection } from "mongoose";
import { bounded } from "./bounded.js";
import { databaseOf } from "./database-of.js";
import { strategyNoteId, systemCollection } from "./system.js";

type StrategyDocument = { _id: string; label: string };

/**
 * How the instance that started last judges tokens, noted in the database: for a command that ends something, which would write what nobody
 * judges by where it took another strategy for theirs.
 */
export type StrategyNote = {
  /** Null before any instance has started. @throws MusterError `STORE_UNREACHABLE` */
  read(): Promise<string | null>;
  /** Notes another, and gives the one before. @throws MusterError `STORE_UNREACHABLE` */
  exchange(label: string): Promise<string | null>;
};

const operationMs = 1_900;

/** @param database that of the users */
export function createStrategyNote(connection: Connection, database: string): StrategyNote {
  const documents = () => databaseOf(connection, database).collection<StrategyDocument>(systemCollection);
  const byId = { _id: strategyNoteId };
  return {
    async read() {
      const found = await bounded(operationMs, (signal) =>
        documents().findOne(byId, { readConcern: { level: "majority" }, readPreference: "primary", signal }),
      );
      return found?.label ?? null;
    },
    async exchange(label) {
      const before = await bounded(operationMs, (signal) =>
        documents().findOneAndUpdate(byId, { $set: { label } }, {
          upsert: true,
          writeConcern: { w: "majority", j: true },
          signal,
        } as object),
      );
      return before?.label ?? null;
    },
  };
}
