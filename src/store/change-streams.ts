import type { Connection } from "mongoose";

/** Whether change streams are to be had: a replica set, or a sharded cluster. */
export async function hasChangeStreams(connection: Connection): Promise<boolean> {
  const hello = await connection.getClient().db(connection.name).admin().command({ hello: 1 });
  return typeof hello.setName === "string" || hello.msg === "isdbgrid";
}
