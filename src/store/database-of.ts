import type { Connection } from "mongoose";
import { MusterError } from "../errors.js";

/** The driver's own client behind a connection. @throws MusterError `STORE_UNREACHABLE` while it has not been opened */
export function clientOf(connection: Connection) {
  const client = connection.getClient();
  if (!client) throw new MusterError("STORE_UNREACHABLE", { cause: new Error("the connection has not been opened") });
  return client;
}

/** The driver's own database behind a connection. @throws MusterError `STORE_UNREACHABLE` while it has not been opened */
export const databaseOf = (connection: Connection, name = connection.name) => clientOf(connection).db(name);
