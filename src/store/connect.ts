import { setTimeout as delay } from "node:timers/promises";
import mongoose, { type Connection } from "mongoose";

const options = {
  appName: "muster",
  bufferCommands: false,
  autoIndex: false,
  serverSelectionTimeoutMS: 1_500,
  connectTimeoutMS: 1_000,
  socketTimeoutMS: 2_500,
  heartbeatFrequencyMS: 2_000,
  waitQueueTimeoutMS: 1_000,
  maxPoolSize: 50,
} as const;

/** A connection that is opening, and what waits for it. */
export type OpeningConnection = { connection: Connection; opened: Promise<void>; close(): Promise<void> };

/**
 * Opens a connection, trying again for as long as it takes: a client whose first connect failed never heals by itself.
 * Until it is open every operation fails at once, and answers 503.
 *
 * @param onFailure called after each attempt that failed, with the error
 */
export function openConnection(
  uri: string,
  { onFailure }: { onFailure?: (error: unknown) => void } = {},
): OpeningConnection {
  const connection = mongoose.createConnection();
  const stop = new AbortController();
  const open = async () => {
    for (let waitMs = 100; !stop.signal.aborted; waitMs = Math.min(waitMs * 2, 1_000)) {
      try {
        await connection.openUri(uri, options);
        return;
      } catch (error) {
        if (isHopeless(error)) throw error;
        onFailure?.(error);
        await delay(waitMs, undefined, { signal: stop.signal }).catch(() => {});
      }
    }
  };
  const opened = open();
  opened.catch(() => {});
  return {
    connection,
    opened,
    async close() {
      stop.abort();
      // a stopped primary holds the driver's own close for seconds
      await Promise.race([connection.close(true), delay(2_000, undefined, { ref: false })]);
    },
  };
}

/** An address or credentials that no waiting mends. */
function isHopeless(error: unknown): boolean {
  const { name, code } = error as { name?: string; code?: unknown };
  return name === "MongoParseError" || name === "MongoInvalidArgumentError" || name === "MongoAPIError" || code === 18;
}
