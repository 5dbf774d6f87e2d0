import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { inject } from "vitest";
import { type Config, parseConfig } from "../../src/config.js";
import { openTestDatabase } from "../../src/testing/database.js";
import type { Barrier } from "./barrier.js";

/** One server in a process of its own. */
export type ServerProcess = {
  url: string;
  pid: number;
  /** Ends it and resolves when it is gone. */
  end(signal?: NodeJS.Signals): Promise<void>;
};

/** Several instances of one deployment: one database, one key. */
export type Fleet = {
  processes: readonly ServerProcess[];
  /** The address of the instance whose turn it is: 0, 1, 2, 0, … */
  urlOf(turn: number): string;
  mongodbUri: string;
  /** Ends them all and drops the database. */
  end(): Promise<void>;
};

export type FleetOptions = {
  settings?: Partial<Config>;
  /** Holds requests of every instance at the same places. */
  barrier?: Barrier;
};

/** So cheap that a race is one of servers and not of hashes; a server of its own never takes it from the environment. */
const hashing = { memoryKiB: 64, timeCost: 1, parallelism: 1 };

const program = fileURLToPath(new URL("server-child.mjs", import.meta.url));

/** Starts instances of one deployment, each in a process of its own, over a new database of the tests' replica set. */
export async function startFleet(count: number, { settings = {}, barrier }: FleetOptions = {}): Promise<Fleet> {
  const database = await openTestDatabase(inject("mongoUri"));
  const config: Config = {
    ...parseConfig({ PORT: "0", LOG_LEVEL: "error", RATE_LIMITS: "off", PLAYGROUND: "off" }),
    jwtSecret: randomBytes(32).toString("hex"),
    ...settings,
    mongodbUri: database.uri,
  };
  const starting = Array.from({ length: count }, () => startServerProcess(config, barrier));
  const end = async () => {
    const started = await Promise.allSettled(starting);
    await Promise.all(started.map((each) => each.status === "fulfilled" && each.value.end()));
    await database.close();
  };
  try {
    const processes = await Promise.all(starting);
    return { processes, urlOf: (turn) => processes[turn % count]!.url, mongodbUri: database.uri, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Starts one instance, which is ready for use. What it logs appears in the test's output. */
export async function startServerProcess(config: Config, barrier?: Barrier): Promise<ServerProcess> {
  const child = fork(program, { execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const exited = once(child, "exit");
  const listening = new Promise<string>((resolve, reject) => {
    child.on("message", ({ url, pass, id }: { url?: string; pass?: string; id?: number }) => {
      if (url !== undefined) resolve(url);
      if (pass !== undefined) void barrier?.pass(pass).then(() => child.connected && child.send({ go: id }));
    });
    void exited.then(([code, signal]) =>
      reject(new Error(`The server ended with ${code ?? signal} before it listened.`)),
    );
  });
  const end = async (signal: NodeJS.Signals = "SIGKILL") => {
    child.kill(signal);
    await exited;
  };
  try {
    child.send({ start: { config, hashing, hasBarrier: barrier !== undefined } });
    const url = await listening;
    await becomesReady(url);
    return { url, pid: child.pid as number, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Resolves when a server is ready: it listens before the database has been prepared, and until then answers 503. */
export async function becomesReady(url: string) {
  const isReady = async () => (await fetch(new URL("/health/ready", url))).ok;
  while (!(await isReady())) await delay(50);
}
