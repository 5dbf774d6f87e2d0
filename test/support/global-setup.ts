import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { MongoMemoryReplSet } from "mongodb-memory-server";
import type { TestProject } from "vitest/node";
import { findMongod } from "../../src/embedded/find-mongod.js";

declare module "vitest" {
  interface ProvidedContext {
    /** A running replica set; each test file takes a database of its own in it. */
    mongoUri: string;
  }
}

const tell = (line: string) => void process.stderr.write(`${line}\n`);

/** Once before all tests: a mongod, a build to spawn servers from, a replica set for everybody. A part that can't be had fails here. */
export async function setup({ provide }: TestProject) {
  const [stopReplicaSet] = await Promise.all([startReplicaSet(provide), build()]);
  return stopReplicaSet;
}

async function startReplicaSet(provide: TestProject["provide"]) {
  if (process.env.MONGODB_URI) {
    provide("mongoUri", process.env.MONGODB_URI);
    return;
  }
  const mongod = await findMongod({ onProgress: tell });
  tell(`Tests run on MongoDB ${mongod.version}, from ${mongod.from}`);
  // for the workers, and for the servers that tests start: none of them searches again
  process.env.MONGOMS_SYSTEM_BINARY = mongod.path;
  process.env.MONGOMS_SYSTEM_BINARY_VERSION_CHECK = "false";
  const set = await MongoMemoryReplSet.create({
    binary: { systemBinary: mongod.path, version: mongod.version },
    replSet: { name: "muster-test", storageEngine: "wiredTiger", args: ["--setParameter", "enableTestCommands=1"] },
    instanceOpts: [{ launchTimeout: 60_000 }],
  });
  provide("mongoUri", set.getUri("muster"));
  return async () => {
    await set.stop({ doCleanup: true, force: true });
  };
}

/** What does not type-check is told and built all the same: `npm run check` is where types fail. */
async function build() {
  const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  await promisify(execFile)(process.execPath, [tsc, "-p", "tsconfig.build.json"]).catch(({ stdout, message }) => {
    tell(`The build has errors:\n${stdout || message}`);
  });
  await import("../../scripts/copy-playground.mjs");
}
