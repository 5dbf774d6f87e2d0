import type mongoose from "mongoose";
import type { Connection } from "mongoose";
import { type ClusterTime, fromClusterTime } from "./cluster-time.js";
import { clientOf } from "./database-of.js";

/** Makes a read, in the session that it is given, see everything up to a time; without one there is nothing to come after. */
export async function inOrder<T>(
  connection: Connection,
  after: ClusterTime | undefined,
  read: (session?: mongoose.mongo.ClientSession) => Promise<T>,
): Promise<T> {
  if (after === undefined) return read();
  const session = clientOf(connection).startSession({ causalConsistency: true });
  try {
    session.advanceOperationTime(fromClusterTime(after));
    return await read(session);
  } finally {
    void session.endSession();
  }
}
