import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mongoose from "mongoose";
import { type EmbeddedOptions, openEmbedded } from "../../src/embedded/open.js";
import { silentLog as log } from "../../src/log.js";
import { startDatabaseProcess } from "./database-process.js";

type OnTestFinished = (end: () => void | Promise<void>) => void;

/** A new folder that is removed after everything else of the test has ended. */
export async function newDataDir(onTestFinished: OnTestFinished): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), "muster-data-"));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 }));
  return dataDir;
}

/** A new data folder, and what tests do with the embedded database in it; all of it ends with the test. */
export async function createDataDir(onTestFinished: OnTestFinished) {
  const dataDir = await newDataDir(onTestFinished);
  return {
    dataDir,
    /** In a process of its own. */
    start(options?: { brief: boolean }) {
      const started = startDatabaseProcess(dataDir, options);
      onTestFinished(() => started.end("SIGKILL"));
      return started;
    },
    /** In this process. */
    async open(options: Partial<EmbeddedOptions> = {}) {
      const opened = await openEmbedded({ dataDir, log, ...options });
      onTestFinished(opened.close);
      return opened;
    },
  };
}

export async function withUsers<T>(uri: string, use: (users: mongoose.mongo.Collection) => Promise<T>): Promise<T> {
  const client = await mongoose.mongo.MongoClient.connect(uri, { serverSelectionTimeoutMS: 10_000 });
  return use(client.db().collection("users")).finally(() => client.close());
}

export const portOf = (uri: string) => Number(/:(\d+)\//.exec(uri)?.[1]);
