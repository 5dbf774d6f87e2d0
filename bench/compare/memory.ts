import { setTimeout as delay } from "node:timers/promises";
import mongoose from "mongoose";
import type { UserDocument } from "../../src/store/user.model.js";
import type { RedisProcess } from "../../test/support/redis.js";
import { startChild } from "../child.js";
import type { Stage } from "../stage.js";
import { nameOf } from "./cost.js";
import type { StrategyHost } from "./host.js";
import type { Side } from "./sides.js";

/** What 100,000 of each take, in bytes. */
export type Memory = {
  /** In an instance: users with one session each that it remembers. */
  users: number;
  /** In an instance that has just started: users of whom something was ended a moment ago. */
  revocations: number;
  /** In Redis, the same. */
  revocationsInRedis: number;
  /** In MongoDB beside the users, or in Redis: sessions with one access token each. */
  sessionsStored: number;
};

const per = 100_000;
/** As many as are looked at; the first of them only so that everything is there that is needed for it. */
const remembered = 10_000;
const first = 1_000;
const signedIn = 300;
const betweenLooksMs = 500;
const alikeBytes = 200_000;

/** A database of users, each of whom has just been signed out everywhere and in again, under every strategy at once. */
export async function fillRevoked(stage: Stage, count: number): Promise<string> {
  const name = "revoked";
  await stage.fill(name, { stored: count, active: 1, sessionsEach: 1 });
  const connection = await mongoose.createConnection(stage.database.uri(name)).asPromise();
  const until = { $add: ["$$NOW", 3_600_000] };
  const one = { $arrayElemAt: ["$sessions", 0] };
  await connection.db!.collection<UserDocument>("users").updateMany({}, [
    { $set: { s: one } },
    {
      $set: {
        tokensValidAfter: { $subtract: ["$$NOW", 1] },
        lastIssuedAt: "$$NOW",
        ended: [{ id: "$s.id", at: "$$NOW", until, reason: "LOGGED_OUT_EVERYWHERE" }],
        endedTokens: [{ jti: "$s.refreshSeed", until }],
      },
    },
    { $unset: "s" },
  ]);
  await connection.close(true);
  return name;
}

/** Heap and buffers of one process each time, once everything that nobody needs is gone; and what Redis says of itself. */
export async function measureMemory(
  stage: Stage,
  { settings, mode, title }: Side,
  redis: RedisProcess,
  revoked: { name: string; count: number },
): Promise<Memory> {
  const before = await held(stage, { settings, mode, database: "nobody" });
  const redisBefore = await redisBytes(redis);
  const after = await held(stage, { settings, mode, database: revoked.name, remember: true });
  const revocationsInRedis = ((await redisBytes(redis)) - redisBefore) * (per / revoked.count);
  const result = {
    revocations: ((after.started - before.started) * per) / revoked.count,
    users: ((after.remembering - after.begun) * per) / after.remembered,
    revocationsInRedis,
    sessionsStored: await storedBytes(stage, { settings, mode, title }, redis),
  };
  await redis.command("FLUSHALL");
  return result;
}

async function storedBytes(stage: Stage, { settings, mode, title }: Side, redis: RedisProcess): Promise<number> {
  const mongodbUri = stage.database.uri(`stored-${nameOf(title)}`);
  const connection = await mongoose.createConnection(mongodbUri).asPromise();
  const host = startChild<StrategyHost>("compare/host.ts");
  try {
    const port = await host.ask("open", { settings, mode, mongodbUri, secret: stage.secret });
    const bytes = async () => (await mongodbBytes(connection)) + (await redisBytes(redis));
    // the first makes what there is one of
    await host.ask("signUp", { port, count: 1 });
    const before = await bytes();
    await host.ask("signUp", { port, count: signedIn, from: 1 });
    return (((await bytes()) - before) * per) / signedIn;
  } finally {
    await host.end();
    await connection.close(true);
  }
}

/** What collections take beside the users and the instances, without indexes. */
async function mongodbBytes({ db }: mongoose.Connection): Promise<number> {
  const collections = await db!.listCollections({ name: { $nin: ["users", "muster_instances"] } }).toArray();
  const sizes = collections.map(async ({ name }) => {
    const [stats] = await db!
      .collection(name)
      .aggregate([{ $collStats: { storageStats: {} } }])
      .toArray();
    return Number(stats?.storageStats.size ?? 0);
  });
  return (await Promise.all(sizes)).reduce((sum, each) => sum + each, 0);
}

const redisBytes = async (redis: RedisProcess) =>
  Number(/used_memory:(\d+)/.exec(await redis.command("INFO memory"))?.[1]);

async function held(
  stage: Stage,
  {
    settings,
    mode,
    database,
    remember = false,
  }: Pick<Side, "settings" | "mode"> & { database: string; remember?: boolean },
) {
  const host = startChild<StrategyHost>("compare/host.ts");
  try {
    const mongodbUri = stage.database.uri(database);
    const port = await host.ask("open", { settings, mode, mongodbUri, secret: stage.secret });
    const started = await settled(() => host.ask("heldBytes", undefined));
    const ids = remember ? await idsOf(mongodbUri) : [];
    const looked = async (some: string[]) => {
      await host.ask("remember", { port, ids: some });
      return host.ask("heldBytes", undefined);
    };
    const begun = await looked(ids.slice(0, first));
    return { started, begun, remembering: await looked(ids.slice(first)), remembered: ids.length - first };
  } finally {
    await host.end();
  }
}

/** What is loaded at a start comes after the first proof of freshness, and some time later it is all there: two looks are alike. */
async function settled(look: () => Promise<number>): Promise<number> {
  for (let before = await look(), alike = 0; ; ) {
    await delay(betweenLooksMs);
    const now = await look();
    alike = Math.abs(now - before) < alikeBytes ? alike + 1 : 0;
    if (alike === 2) return now;
    before = now;
  }
}

async function idsOf(mongodbUri: string): Promise<string[]> {
  const connection = await mongoose.createConnection(mongodbUri).asPromise();
  const options = { projection: { _id: 1 }, limit: remembered };
  const found = await connection.db!.collection("users").find({}, options).toArray();
  await connection.close(true);
  return found.map(({ _id }) => String(_id));
}
