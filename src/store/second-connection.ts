import { setTimeout as delay } from "node:timers/promises";
import mongoose, { type Connection } from "mongoose";

/** A server that hangs must show within seconds, also where the first connection, which has other work, is more patient. */
const impatient = {
  serverSelectionTimeoutMS: 1_500,
  connectTimeoutMS: 1_000,
  socketTimeoutMS: 2_500,
  heartbeatFrequencyMS: 2_000,
  waitQueueTimeoutMS: 1_000,
} as const;

/**
 * A connection of its own to the same database with the same options, for the feed and the revocations, so that they never queue behind
 * reads. It opens when it is asked to; the first connection must have been opened before.
 */
export function createSecondConnection(first: Connection): {
  connection: Connection;
  open(): Promise<void>;
  close(): Promise<void>;
} {
  const connection = mongoose.createConnection();
  return {
    connection,
    async open() {
      if (connection.readyState !== mongoose.ConnectionStates.disconnected) return void (await connection.asPromise());
      // mongoose keeps what a connection was opened with
      const { _connectionString: uri, _connectionOptions: options } = first as unknown as {
        _connectionString: string;
        _connectionOptions: object | undefined;
      };
      await connection.openUri(uri, {
        ...impatient,
        ...options,
        dbName: first.name,
        maxPoolSize: 20,
        bufferCommands: false,
        autoIndex: false,
      });
    },
    async close() {
      // a stopped primary holds the driver's own close for seconds
      await Promise.race([connection.close(true), delay(2_000, undefined, { ref: false })]);
    },
  };
}
