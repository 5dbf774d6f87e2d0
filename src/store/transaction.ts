import { setTimeout as delay } from "node:timers/promises";
import type mongoose from "mongoose";
import type { Connection } from "mongoose";
import { bounded } from "./bounded.js";
import { type ClusterTime, toClusterTime } from "./cluster-time.js";
import { clientOf } from "./database-of.js";

/** Part of a transaction: every operation of it takes both. */
export type InTransaction<T> = (session: mongoose.mongo.ClientSession, signal: AbortSignal) => Promise<T>;

const longestPauseMs = 20;

/**
 * Runs `work` as one transaction, committed by a majority, and gives what it gave and the time of the commit. Begun again, from its start,
 * where another transaction was in its way, as often as fits into the limit. What `work` throws gives it up.
 *
 * @throws MusterError `STORE_UNREACHABLE`: it may still happen
 */
export async function inTransaction<T>(
  connection: Connection,
  limitMs: number,
  work: InTransaction<T>,
): Promise<{ result: T; time: ClusterTime }> {
  const session = clientOf(connection).startSession({ causalConsistency: true });
  try {
    return await bounded(limitMs, async (signal) => {
      for (;;) {
        signal.throwIfAborted();
        try {
          session.startTransaction({
            readConcern: { level: "snapshot" },
            writeConcern: { w: "majority", j: true },
            readPreference: "primary",
          });
          const result = await work(session, signal);
          await commit(session, signal);
          return { result, time: toClusterTime(session.operationTime) };
        } catch (error) {
          if (session.inTransaction()) await session.abortTransaction().catch(() => {});
          if (!hasLabel(error, "TransientTransactionError")) throw error;
          await delay(1 + Math.random() * longestPauseMs);
        }
      }
    });
  } finally {
    void session.endSession().catch(() => {});
  }
}

/** A commit whose outcome is not known may be sent again: it happens once. */
async function commit(session: mongoose.mongo.ClientSession, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      return await session.commitTransaction();
    } catch (error) {
      if (signal.aborted || !hasLabel(error, "UnknownTransactionCommitResult")) throw error;
      await delay(1 + Math.random() * longestPauseMs);
    }
  }
}

/** Whether the server says so of this error, or of the one that it was made of. */
function hasLabel(error: unknown, label: string): boolean {
  const { errorLabels, cause } = error as { errorLabels?: readonly string[]; cause?: unknown };
  return errorLabels?.includes(label) || (cause instanceof Error && hasLabel(cause, label)) || false;
}
