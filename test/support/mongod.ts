import { commandMongod } from "../../src/embedded/ask-mongod.js";
import { mongodVersion } from "../../src/embedded/mongod-version.js";
import { findPort } from "../../src/embedded/port.js";
import { runMongod } from "../../src/embedded/run-mongod.js";
import { newDataDir } from "./data-dir.js";

/** A one-member replica set that a test may stop, continue, kill and start again, on the same port and data. */
export type Mongod = {
  uri: string;
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** Resolves when the process is gone. */
  kill(): Promise<void>;
  start(): Promise<void>;
  end(): Promise<void>;
};

export async function startMongod(onFinished: (end: () => void | Promise<void>) => void): Promise<Mongod> {
  const path = process.env.MONGOMS_SYSTEM_BINARY;
  if (!path) throw new Error("The global setup names a mongod in MONGOMS_SYSTEM_BINARY.");
  const mongod = { path, version: await mongodVersion(path), from: "the global setup" };
  const place = { dbPath: await newDataDir(onFinished), port: await findPort(), replicaSet: "outage" };
  let pid = 0;
  let died: (() => void) | undefined;
  let running: { stop(): Promise<void> } | null = null;

  const start = async () => {
    running = await runMongod({ mongod, ...place, onDeath: () => died?.() });
    pid = Number((await commandMongod(place.port, { serverStatus: 1 })).pid);
  };
  await start();
  const end = async () => {
    if (running && pid) {
      process.kill(pid, "SIGCONT");
      await running.stop();
    }
    running = null;
  };
  onFinished(end);
  return {
    uri: `mongodb://127.0.0.1:${place.port}/outage?replicaSet=${place.replicaSet}`,
    signal: (signal) => process.kill(pid, signal),
    async kill() {
      const gone = new Promise<void>((resolve) => {
        died = resolve;
      });
      process.kill(pid, "SIGKILL");
      running = null;
      pid = 0;
      await gone;
    },
    start,
    end,
  };
}
