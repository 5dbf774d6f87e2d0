import type { EventEmitter } from "node:events";
import { mkdir } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { MongoInstance } from "mongodb-memory-server";
import { commandMongod, isAnswer } from "./ask-mongod.js";
import { EmbeddedError } from "./embedded-error.js";
import type { Program } from "./find-program.js";

export type RunOptions = {
  mongod: Program;
  /** Where the data are kept; made where it isn't there. */
  dbPath: string;
  port: number;
  replicaSet: string;
  /** Called where the database has ended by itself, with how. */
  onDeath: (how: string) => void;
};

const launchMs = 30_000;

/** How long a mongod that is ending may hold on to the data and the port. */
const handoverMs = 10_000;

const thrifty = ["--quiet", "--oplogSize", "128", "--wiredTigerCacheSizeGB", "0.5"];
const parameters = ["diagnosticDataCollectionEnabled=false", "shutdownTimeoutMillisForSignaledShutdown=100"];

/**
 * Starts a one-member replica set on 127.0.0.1 and resolves when it takes writes. A set that is there already is kept.
 * mongodb-memory-server watches over it from a process of its own: it ends with this process, however that ends.
 *
 * NOTE: it asks for no password, so every user of this machine can read it.
 *
 * @returns what stops it, data kept
 * @throws EmbeddedError with mongod's own words where it does not start
 */
export async function runMongod(options: RunOptions): Promise<{ stop(): Promise<void> }> {
  await mkdir(options.dbPath, { recursive: true, mode: 0o700 });
  const instance = await launchPatiently(options);
  let stopping = false;
  eventsOf(instance).once("instanceClosed", (code: number | null, signal: string | null) => {
    if (!stopping) options.onDeath(signal ?? `exit code ${code}`);
  });
  const stop = async () => {
    stopping = true;
    await instance.stop();
  };
  try {
    await becomePrimary(options);
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

async function launchPatiently(options: RunOptions): Promise<MongoInstance> {
  const deadline = Date.now() + handoverMs;
  for (;;) {
    try {
      return await launch(options);
    } catch (error) {
      const inUse = /in use|DBPathInUse|resource busy/i.test((error as Error).message);
      if (!inUse || Date.now() > deadline) throw error;
      await delay(250);
    }
  }
}

async function launch({ mongod, dbPath, port, replicaSet }: RunOptions): Promise<MongoInstance> {
  const instance = new MongoInstance({
    instance: {
      port,
      dbPath,
      ip: "127.0.0.1",
      storageEngine: "wiredTiger",
      launchTimeout: launchMs,
      // not as its option, with which it would ask a mongod that failed to start to end, in vain and at length
      args: ["--replSet", replicaSet, ...thrifty, ...parameters.flatMap((parameter) => ["--setParameter", parameter])],
    },
    binary: { systemBinary: mongod.path, version: mongod.version },
    // in a group of its own, so that Ctrl-C ends the server first and the database after it
    spawn: { detached: true },
  });
  const complaints: string[] = [];
  const listen = (text: string) => {
    for (const line of text.split("\n")) complaints.push(...complaint(line));
  };
  eventsOf(instance).on("instanceSTDOUT", listen);
  try {
    await instance.start();
    return instance;
  } catch (error) {
    await instance.stop();
    const words = complaints.at(-1) ?? (error as Error).message;
    throw new EmbeddedError(`MongoDB ${mongod.version} (${mongod.path}) did not start on ${dbPath}: ${words}`);
  } finally {
    eventsOf(instance).off("instanceSTDOUT", listen);
  }
}

/** Its events by their names: the package does not export the enum that they are typed with. */
const eventsOf = (instance: MongoInstance): EventEmitter => instance;

/** What mongod says in a line of its log that is an error or worse. */
function complaint(line: string): string[] {
  try {
    const { s, msg, attr } = JSON.parse(line) as { s?: string; msg?: string; attr?: Record<string, unknown> };
    return s === "E" || s === "F" ? [[msg, attr?.error ?? attr?.reason].filter(Boolean).map(String).join(": ")] : [];
  } catch {
    return [];
  }
}

const notYetInitialized = 94;
const pollMs = 20;

/** Makes a set of it, and waits until it takes writes. A machine that is busy may keep it from answering for a while. */
async function becomePrimary({ port, replicaSet }: RunOptions) {
  const host = `127.0.0.1:${port}`;
  let isConfigured = false;
  for (const deadline = Date.now() + launchMs; Date.now() < deadline; await delay(pollMs)) {
    try {
      if (!isConfigured) await configure(port, replicaSet, host);
      isConfigured = true;
      if ((await commandMongod(port, { hello: 1 })).isWritablePrimary === true) return;
    } catch (error) {
      if (isAnswer(error)) throw error;
    }
  }
  throw new EmbeddedError(`The embedded database on ${host} did not come to take writes within ${launchMs / 1000} s.`);
}

async function configure(port: number, replicaSet: string, host: string) {
  const answered = await commandMongod(port, { replSetGetConfig: 1 }).catch((error: { code?: number }) => {
    if (error.code === notYetInitialized) return null;
    throw error;
  });
  if (!answered) {
    await commandMongod(port, { replSetInitiate: { _id: replicaSet, members: [{ _id: 0, host }] } });
    return;
  }
  const { config } = answered as { config: SetConfig };
  const members = config.members.map((member) => ({ ...member, host }));
  // the port it had was taken by another program
  if (config.members[0]?.host !== host)
    await commandMongod(port, { replSetReconfig: { ...config, members, version: config.version + 1 }, force: true });
}

type SetConfig = { version: number; members: { host: string }[] };
