import type { Connection } from "mongoose";
import { bounded } from "./bounded.js";
import { type ClusterTime, toClusterTime } from "./cluster-time.js";
import { clientOf, databaseOf } from "./database-of.js";
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
/** Another document there, which two transactions meet at; it says nothing, and no instance need hear of it. */
export const adminsId = "admins";
/** And one that says how the instances judge tokens. */
export const strategyNoteId = "strategy";

const operationMs = 1_900;

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
  /**
   * Changes it in one atomic write, acknowledged by a majority: the time of that write, null on a standalone server.
   * @throws MusterError `STORE_UNREACHABLE`: it may still happen
   */
  update(name: string, pipeline: Record<string, unknown>[]): Promise<ClusterTime | null>;
};

export function createSystemStore({
  connection,
  controlConnection = connection,
  database,
  beforeWrite,
}: {
  connection: Connection;
  /** Revocations go by this one. */
  controlConnection?: Connection;
  /** The users' database. */
  database: string;
  /** Held before a write is sent: tests put their barriers here. */
  beforeWrite?: ((name: string) => Promise<void>) | undefined;
}): SystemStore {
  const documents = (by = connection) => databaseOf(by, database).collection<SystemDocument>(systemCollection);
  return {
    read: async (after) =>
      inOrder(connection, after, async (session) => {
        const found = await bounded(operationMs, (signal) =>
          documents().findOne(
            { _id: systemId },
            { readConcern: { level: "majority" }, readPreference: "primary", signal, ...(session && { session }) },
          ),
        );
        return toSystemState(found);
      }),

    async update(name, pipeline) {
      await beforeWrite?.(name);
      const session = clientOf(controlConnection).startSession({ causalConsistency: true });
      try {
        await bounded(operationMs, (signal) =>
          documents(controlConnection).updateOne({ _id: systemId }, pipeline, {
            upsert: true,
            writeConcern: { w: "majority", j: true },
            session,
            signal,
          } as object),
        );
        return session.operationTime ? toClusterTime(session.operationTime) : null;
      } finally {
        void session.endSession();
      }
    },
  };
}
