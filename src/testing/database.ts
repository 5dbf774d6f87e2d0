import { randomBytes } from "node:crypto";
import { loadMachine } from "../config.js";
import { dropDatabase } from "../store/drop-database.js";

/** A database that nobody else uses, and its end. */
export type TestDatabase = { uri: string; close(): Promise<void> };

/** Takes a new database in the MongoDB that is named here or by `MONGODB_URI`, else in an in-memory one started for it. */
export async function openTestDatabase(mongodbUri = loadMachine().environment.MONGODB_URI): Promise<TestDatabase> {
  if (!mongodbUri) return startInMemory();
  const uri = withDatabase(mongodbUri, `muster-test-${randomBytes(8).toString("hex")}`);
  return { uri, close: () => dropDatabase(uri) };
}

async function startInMemory(): Promise<TestDatabase> {
  const [{ MongoMemoryReplSet }, { findMongod }] = await Promise.all([
    import("mongodb-memory-server"),
    import("../embedded/find-mongod.js"),
  ]);
  const { path, version } = await findMongod({ onProgress: (line) => void process.stderr.write(`${line}\n`) });
  const set = await MongoMemoryReplSet.create({
    binary: { systemBinary: path, version },
    replSet: { count: 1, storageEngine: "wiredTiger" },
  });
  return {
    uri: set.getUri("muster"),
    close: async () => {
      await set.stop({ doCleanup: true, force: true });
    },
  };
}

function withDatabase(uri: string, name: string): string {
  const [, servers, query = ""] = /^([a-z+]+:\/\/[^/?]+)(?:\/[^?]*)?(\?.*)?$/.exec(uri) ?? [];
  if (!servers) throw new TypeError("mongodbUri is not the address of a MongoDB.");
  return `${servers}/${name}${query}`;
}
