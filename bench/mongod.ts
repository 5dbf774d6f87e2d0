import { MongoMemoryReplSet } from "mongodb-memory-server";
import mongoose from "mongoose";
import { findMongod } from "../src/embedded/find-mongod.js";

/** What the database has done since it started. */
export type DatabaseWork = { cpuMs: number; updates: number; reads: number; returned: number; connections: number };

/** A replica set of one member that belongs to this run. */
export type Database = {
  version: string;
  pid: number;
  uri(database: string): string;
  work(): Promise<DatabaseWork>;
  stop(): Promise<void>;
};

type ServerStatus = {
  pid: number;
  extra_info: { user_time_us: number; system_time_us: number };
  opcounters: { update: number; query: number };
  metrics: { document: { returned: number } };
  connections: { current: number };
};

/** Starts a database with data on disk, which is deleted at the end. */
export async function startDatabase(): Promise<Database> {
  const { path, version } = await findMongod({ onProgress: (line) => console.error(line) });
  process.env.MONGOMS_SYSTEM_BINARY_VERSION_CHECK = "false";
  const set = await MongoMemoryReplSet.create({
    binary: { systemBinary: path, version },
    replSet: { count: 1, storageEngine: "wiredTiger" },
    instanceOpts: [{ launchTimeout: 60_000 }],
  });
  const connection = await mongoose.createConnection(set.getUri("bench")).asPromise();
  const status = () => connection.db!.admin().command({ serverStatus: 1 }) as Promise<unknown> as Promise<ServerStatus>;
  return {
    version,
    pid: Number((await status()).pid),
    uri: (database) => set.getUri(database),
    async work() {
      const { extra_info, opcounters, metrics, connections } = await status();
      return {
        cpuMs: (Number(extra_info.user_time_us) + Number(extra_info.system_time_us)) / 1_000,
        updates: Number(opcounters.update),
        reads: Number(opcounters.query),
        returned: Number(metrics.document.returned),
        connections: connections.current,
      };
    },
    async stop() {
      await connection.close(true);
      await set.stop({ doCleanup: true, force: true });
    },
  };
}
