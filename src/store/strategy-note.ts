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
  /** How this one judges, in a few words: what all instances of a deployment have in common. */
  ours: string;
  /** What was noted before ours was; null where nothing was, or ours is not yet. */
  before(): string | null;
  /** What is noted now; null before any instance has started. @throws MusterError `STORE_UNREACHABLE` */
  read(): Promise<string | null>;
  /** Notes ours. @throws MusterError `STORE_UNREACHABLE` */
  write(): Promise<void>;
};

const operationMs = 1_900;

export function createStrategyNote({
  connection,
  database,
  ours,
}: {
  connection: Connection;
  /** That of the users. */
  database: string;
  ours: string;
}): StrategyNote {
  const documents = () => databaseOf(connection, database).collection<StrategyDocument>(systemCollection);
  const byId = { _id: strategyNoteId };
  let before: string | null = null;
  return {
    ours,
    before: () => before,
    async read() {
      const found = await bounded(operationMs, (signal) =>
        documents().findOne(byId, { readConcern: { level: "majority" }, readPreference: "primary", signal }),
      );
      return found?.label ?? null;
    },
    async write() {
      const found = await bounded(operationMs, (signal) =>
        documents().findOneAndUpdate(byId, { $set: { label: ours } }, {
          upsert: true,
          writeConcern: { w: "majority", j: true },
          signal,
        } as object),
      );
      before = found?.label ?? null;
    },
  };
}
