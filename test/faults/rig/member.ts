import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { MongoInstance } from "mongodb-memory-server";
import { commandMongod } from "../../../src/embedded/ask-mongod.js";
import type { Program } from "../../../src/embedded/find-program.js";

/** One mongod of a replica set, in a process that may be stopped, continued, killed and started again on the same data. */
export type Member = {
  name: string;
  /** Its own, past the proxy. */
  port: number;
  pid(): number;
  isRunning(): boolean;
  start(): Promise<void>;
  /** Stopped, it keeps its connections and answers nothing. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** Resolves when the process is gone: at once, or with SIGTERM after it has handed over. */
  end(signal?: "SIGKILL" | "SIGTERM"): Promise<void>;
  /** Asks it directly. @throws the driver's errors */
  command(command: Record<string, unknown>): Promise<Record<string, unknown>>;
};

export type MemberOptions = {
  name: string;
  mongod: Program;
  dbPath: string;
  port: number;
  replicaSet: string;
  /** Beside those that all have. */
  args?: readonly string[];
};

const thrifty = ["--quiet", "--wiredTigerCacheSizeGB", "0.25"];
const parameters = [
  "enableTestCommands=1",
  "diagnosticDataCollectionEnabled=false",
  // a member that is told to end waits for so long until its clients have gone elsewhere
  "shutdownTimeoutMillisForSignaledShutdown=500",
];
/** How long the port and the data of a process that was killed may still be held. */
const handoverMs = 10_000;

/** A mongod that is stopped hears nothing of a request to end, so they are killed. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const each of running) each.kill("SIGKILL");
});

/** A member that is not started yet. It ends with this process, however that ends. */
export function createMember({ name, mongod, dbPath, port, replicaSet, args = [] }: MemberOptions): Member {
  let instance: MongoInstance | null = null;

  const launch = async () => {
    const launched = new MongoInstance({
      instance: {
        port,
        dbPath,
        ip: "127.0.0.1",
        storageEngine: "wiredTiger",
        launchTimeout: 60_000,
        args: [
          ...["--replSet", replicaSet, ...thrifty, ...args],
          ...parameters.flatMap((parameter) => ["--setParameter", parameter]),
        ],
      },
      binary: { systemBinary: mongod.path, version: mongod.version },
      // Ctrl-C is for the program, which ends it
      spawn: { detached: true },
    });
    await launched.start();
    const started = launched.mongodProcess!;
    running.add(started);
    started.once("exit", () => running.delete(started));
    return launched;
  };
  const processOf = () => {
    const now = instance?.mongodProcess;
    if (!now?.pid) throw new Error(`${name} does not run.`);
    return now;
  };

  return {
    name,
    port,
    pid: () => processOf().pid as number,
    isRunning: () => instance !== null,
    async start() {
      for (const deadline = Date.now() + handoverMs; instance === null; ) {
        try {
          instance = await launch();
        } catch (error) {
          if (Date.now() > deadline) throw error;
          await delay(250);
        }
      }
    },
    signal: (signal) => void processOf().kill(signal),
    async end(signal = "SIGKILL") {
      const ending = processOf();
      instance = null;
      const gone = once(ending, "exit");
      ending.kill(signal);
      if (signal === "SIGTERM") ending.kill("SIGCONT");
      await gone;
    },
    command: (command) => commandMongod(port, command),
  };
}
