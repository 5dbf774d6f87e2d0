import mongoose from "mongoose";
import { MusterError } from "../errors.js";

/**
 * Server codes of faults in what we sent: bugs, not outages. Every other failure leaves the outcome unknown; 72 (InvalidOptions) too,
 * with which a primary that has been deposed and does not know it answers a read that comes after what it has.
 */
const faultsOfOurs = new Set([2, 9, 14, 16, 20, 28, 40, 52, 56, 57, 66, 121, 241]);
const firstAggregationFault = 15_000;

/** True where a unique index refused the write (E11000). */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof mongoose.mongo.MongoServerError && error.code === 11000;
}

function isBug(error: unknown): boolean {
  if (error instanceof mongoose.mongo.MongoServerError) {
    if (error.errorLabels.some((label) => label === "RetryableWriteError" || label === "TransientTransactionError"))
      return false;
    const code = Number(error.code);
    return faultsOfOurs.has(code) || code >= firstAggregationFault;
  }
  return error instanceof TypeError || error instanceof RangeError || error instanceof mongoose.mongo.BSON.BSONError;
}

/**
 * Runs one operation of the database with a time limit that holds even where the server has stopped answering.
 *
 * The limit is given twice: as the operation's `signal`, which takes its connection back, and as a race, because not every
 * operation of the driver looks at its signal.
 *
 * NOTE: a write that was given up may still be executed later; callers must not report it as not done.
 *
 * @param limitMs whole milliseconds
 * @throws MusterError `STORE_UNREACHABLE` when the outcome is unknown; duplicate keys and bugs as they are
 */
export async function bounded<T>(limitMs: number, operation: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const reason = new DOMException("the database did not answer in time", "TimeoutError");
      controller.abort(reason);
      reject(reason);
    }, limitMs);
  });
  try {
    return await Promise.race([operation(controller.signal), limit]);
  } catch (error) {
    if (isDuplicateKey(error) || isBug(error) || error instanceof MusterError) throw error;
    throw new MusterError("STORE_UNREACHABLE", { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
