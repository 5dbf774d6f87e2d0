import type { Connection } from "mongoose";
import { bounded } from "./bounded.js";
import type { ClusterTime } from "./cluster-time.js";
import { databaseOf } from "./database-of.js";
import { inOrder } from "./in-order.js";

/** What holds for every user of a deployment. It moves only forward. */
export type SystemState = {
  /** Moves when everything is ended: sessions that began under an earlier value are dead. */
  counter: number;
  /** Tokens issued before this are refused: milliseconds since the epoch, 0 for none. */
  tokensValidAfterMs: number;
  /** Random text that every token's key is derived with, where keys are derived; empty before it was first replaced. */
  tokenSecret: string;
};

/** The document as it is stored. */
export type SystemDocument = { _id: string; counter?: number; tokensValidAfter?: Date; tokenSecret?: string };

export const systemCollection = "muster_system";
export const systemId = "system";

const readMs = 1_900;

/** Before anything was ever ended for everybody. */
export const firstSystemState: SystemState = { counter: 0, tokensValidAfterMs: 0, tokenSecret: "" };

export function toSystemState(document: Partial<SystemDocument> | null | undefined): SystemState {
  if (!document) return firstSystemState;
  return {
    counter: document.counter ?? 0,
    tokensValidAfterMs: document.tokensValidAfter?.getTime() ?? 0,
    tokenSecret: document.tokenSecret ?? "",
  };
}

/** The stage of an aggregation that fetches it in the same command, as an array `system`. */
export const withSystem = {
  $lookup: { from: systemCollection, pipeline: [{ $match: { _id: systemId } }], as: "system" },
};

export type SystemStore = {
  /** One majority read from the primary that sees everything up to `after`. @throws MusterError `STORE_UNREACHABLE` */
  read(after?: ClusterTime): Promise<SystemState>;
};

export function createSystemStore({
  connection,
  database,
}: {
  connection: Connection;
  /** The users' database. */
  database: string;
}): SystemStore {
  const documents = () => databaseOf(connection, database).collection<SystemDocument>(systemCollection);
  return {
    read: async (after) =>
      inOrder(connection, after, async (session) => {
        const found = await bounded(readMs, (signal) =>
          documents().findOne(
            { _id: systemId },
            { readConcern: { level: "majority" }, readPreference: "primary", signal, ...(session && { session }) },
          ),
        );
        return toSystemState(found);
      }),
  };
}
