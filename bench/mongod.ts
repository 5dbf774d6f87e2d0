import { MongoMemoryReplSet } from "mongodb-memory-server";
import mongoose from "mongoose";
import { findMongod } from "../src/embedded/find-mongod.js";

/** What the database has done since it started: CPU of all members, in milliseconds; the rest is the primary's. */
export type DatabaseWork = { cpuMs: number; updates: number; reads: number; returned: number; connections: number };

/** A replica set that belongs to this run. */
export type Database = {
  version: string;
  members: number;
  /** The members' processes. */
  pids: number[];
  uri(database: string): string;
  work(): Promise<DatabaseWork>;
  /** Writes everything to disk, so that it is not done while something is measured. */
  flush(): Promise<void>;
  stop(): Promise<void>;
};

type ServerStatus = {
  pid: number;
  extra_info: { user_time_us: number; system_time_us: number };
  opcounters: { update: number; query: number };
  metrics: { document: { returned: number } };
  connections: { current: number };
  repl: { isWritablePrimary: boolean };
};

/** Starts a database with data on disk, which is deleted at the end. */
export async function startDatabase(members: number): Promise<Database> {
  const { path, version } = await findMongod({ onProgress: (line) => console.error(line) });
  process.env.MONGOMS_SYSTEM_BINARY_VERSION_CHECK = "false";
  const set = await MongoMemoryReplSet.create({
    binary: { systemBinary: path, version },
    replSet: { count: members, storageEngine: "wiredTiger" },
    instanceOpts: Array.from({ length: members }, () => ({ launchTimeout: 60_000 })),
  });
  const connections = await Promise.all(
    set.servers.map((server) => {
      const uri = `mongodb://127.0.0.1:${server.instanceInfo!.port}/?directConnection=true`;
      return mongoose.createConnection(uri).asPromise();
    }),
  );
  const ask = () =>
    Promise.all(
      connections.map(
        (connection) =>
          connection.db!.admin().command({ serverStatus: 1 }) as Promise<unknown> as Promise<ServerStatus>,
      ),
    );
  return {
    version,
    members,
    pids: (await ask()).map(({ pid }) => Number(pid)),
    uri: (database) => set.getUri(database),
    async work() {
      const all = await ask();
      const { opcounters, metrics, connections } = all.find(({ repl }) => repl.isWritablePrimary) ?? all[0]!;
      const micros = ({ extra_info }: ServerStatus) =>
        Number(extra_info.user_time_us) + Number(extra_info.system_time_us);
      return {
        cpuMs: all.reduce((sum, each) => sum + micros(each), 0) / 1_000,
        updates: Number(opcounters.update),
        reads: Number(opcounters.query),
        returned: Number(metrics.document.returned),
        connections: connections.current,
      };
    },
    async flush() {
      await Promise.all(connections.map((connection) => connection.db!.admin().command({ fsync: 1 })));
    },
    async stop() {
      await Promise.all(connections.map((connection) => connection.close(true)));
      await set.stop({ doCleanup: true, force: true });
    },
  };
}
