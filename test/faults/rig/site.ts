import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import mongoose from "mongoose";
import type { Sabotage } from "../../../src/auth-state/leases.js";
import { type Config, parseConfig } from "../../../src/config.js";
import { createInstance, type Instance } from "./instance.js";
import { type ReplicaSet, startReplicaSet } from "./replica-set.js";

/** Servers that people use. */
export type Service = {
  instances: readonly Instance[];
  /** Who has which sessions, by e-mail address, as a majority has it. */
  readRolls(users: Iterable<string>): Promise<Map<string, string[]>>;
  /** Everything runs and every way is open; resolves when every instance is ready. */
  heal(): Promise<void>;
};

/** Servers over a replica set, all of it on loopback, all of it breakable. */
export type Site = Service & { set: ReplicaSet; end(): Promise<void> };

export type SiteOptions = {
  instances?: number;
  settings?: Partial<Config>;
  /** Which rules each instance leaves out. */
  sabotages?: readonly Sabotage[];
  /** For each mongod. */
  mongodArgs?: readonly string[];
};

/** An answer that was lost is asked for again after the longest fault. */
const refreshGraceSeconds = 600;

export async function openSite({
  instances: count = 3,
  settings,
  sabotages = [],
  mongodArgs = [],
}: SiteOptions = {}): Promise<Site> {
  const set = await startReplicaSet({ args: mongodArgs });
  const config: Config = {
    ...parseConfig({ PORT: "0", LOG_LEVEL: "fatal", RATE_LIMITS: "off", PLAYGROUND: "off" }),
    jwtSecret: randomBytes(32).toString("hex"),
    refreshGraceSeconds,
    maxSessions: 1_000,
    ...settings,
  };
  const instances = Array.from({ length: count }, (_, index) => {
    const address = `127.0.0.${11 + index}`;
    return createInstance({
      name: "ABCDEFGH"[index]!,
      address,
      uri: set.uriFor(address),
      config,
      sabotage: sabotages[index],
    });
  });

  async function heal() {
    for (const instance of instances) if (instance.isRunning()) instance.process().signal("SIGCONT");
    await set.heal();
    await Promise.all(instances.map((instance) => instance.start()));
    await Promise.all(instances.map(({ url }) => becomesFresh(url())));
    for (const instance of instances) instance.isInDoubt = false;
  }
  async function end() {
    for (const instance of instances) if (instance.isRunning()) await instance.end();
    await set.end();
  }

  try {
    await heal();
  } catch (error) {
    await end();
    throw error;
  }
  return {
    set,
    instances,
    readRolls: async (users) => readRolls(await set.directUri(), users),
    heal,
    end,
  };
}

/** Who has which sessions, by e-mail address, as a majority has it. */
export async function readRolls(uri: string, users: Iterable<string>): Promise<Map<string, string[]>> {
  const client = await mongoose.mongo.MongoClient.connect(uri);
  try {
    const found = client
      .db()
      .collection<{ email: string; sessions: { id: string }[] }>("users")
      .find({ email: { $in: [...users] } }, { readConcern: "majority" });
    return new Map((await found.toArray()).map(({ email, sessions }) => [email, sessions.map(({ id }) => id)]));
  } finally {
    await client.close();
  }
}

const patienceMs = 30_000;

/** Resolves when a server says that it is ready, with a memory that is proved fresh. */
export async function becomesFresh(url: string): Promise<void> {
  for (const deadline = Date.now() + patienceMs; ; ) {
    const answer = await fetch(new URL("/health/ready", url), { signal: AbortSignal.timeout(5_000) }).catch(() => null);
    const ready = answer?.ok ? ((await answer.json()) as { authState: { freshForMs: number } }) : null;
    if (ready && ready.authState.freshForMs > 0) return;
    if (Date.now() > deadline) throw new Error(`${url} did not become ready.`);
    await delay(50);
  }
}
