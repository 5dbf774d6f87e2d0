import type { Connection } from "mongoose";
import { databaseOf } from "./database-of.js";

/** Whether change streams are to be had: a replica set, or a sharded cluster. */
export async function hasChangeStreams(connection: Connection): Promise<boolean> {
  const hello = await databaseOf(connection).admin().command({ hello: 1 });
  return typeof hello.setName === "string" || hello.msg === "isdbgrid";
}
