import { randomBytes } from "node:crypto";
import mongoose from "mongoose";
import { beforeEach, describe, expect, inject, it, onTestFinished } from "vitest";
import { openConnection } from "../../src/store/connect.js";
import { createMongoRecords, recordsCollection } from "../../src/store/mongo-records.js";
import { StoreUnfitError } from "../../src/store/prepare.js";
import { clockMarginMs, type RecordStore, type RecordStoreOptions } from "../../src/store/records.js";
import { openRedis } from "../../src/store/redis.js";
import { createRedisRecords } from "../../src/store/redis-records.js";
import { type Mongod, startMongod } from "../support/mongod.js";
import { isUnknown, recovers } from "../support/recovers.js";
import { openTestRedis, startRedis } from "../support/redis.js";

type Claims = { sub: string; roles: string[]; count: number };

const longestMs = 900_000;

/** Where no time limit is looked at, a busy machine is no outage. */
const patientMs = 10_000;
const claims: Claims = { sub: "$user.$$NOW", roles: ["a.b", "$c"], count: 1 };

let time: number;
const options: RecordStoreOptions<Claims> = {
  longestMs,
  now: () => time,
  parse(value) {
    const { sub, roles, count } = (value ?? {}) as Partial<Claims>;
    return typeof sub === "string" && Array.isArray(roles) && typeof count === "number" ? { sub, roles, count } : null;
  },
};
const inAMinute = () => new Date(time + 60_000);
const newKey = () => randomBytes(32).toString("base64url");

beforeEach(() => {
  time = Date.now();
});

type Site = {
  /** One instance's store; each call is another instance. */
  open(): Promise<RecordStore<Claims>>;
  /** Writes what no instance would have written. */
  spoil(key: string, json: string): Promise<void>;
};
type Process = Pick<Mongod, "signal" | "kill" | "start">;

const kinds: {
  name: string;
  /** Whether what was not deleted is there again after the store was killed. */
  survives: boolean;
  start(): Promise<Site>;
  startProcess(): Promise<{ site: Site; process: Process }>;
}[] = [
  {
    name: "MongoDB",
    survives: true,
    async start() {
      return mongoSite((await newDatabase()).uri, patientMs);
    },
    async startProcess() {
      const process = await startMongod(onTestFinished);
      return { site: mongoSite(process.uri), process };
    },
  },
  {
    name: "Redis",
    survives: false,
    async start() {
      return redisSite(await openTestRedis(onTestFinished), patientMs);
    },
    async startProcess() {
      const process = await startRedis(onTestFinished);
      return { site: redisSite(process.url), process };
    },
  },
];

/** A new database in the tests' MongoDB, and a connection to it. */
async function newDatabase() {
  const uri = new URL(inject("mongoUri"));
  uri.pathname = `/muster-records-${randomBytes(6).toString("hex")}`;
  const connection = await mongoose.createConnection(uri.href).asPromise();
  onTestFinished(async () => {
    await connection.dropDatabase();
    await connection.close();
  });
  return { uri: uri.href, connection };
}

function mongoSite(uri: string, operationMs?: number): Site {
  const connect = async () => {
    const { connection, opened, close } = openConnection(uri);
    onTestFinished(close);
    await opened;
    return connection;
  };
  return {
    async open() {
      const connection = await connect();
      return createMongoRecords({ connection, database: connection.name, operationMs, ...options });
    },
    async spoil(key, json) {
      const rows = (await connect()).collection<{ _id: string }>(recordsCollection);
      await rows.updateOne({ _id: key }, { $set: { record: json } });
    },
  };
}

function redisSite(url: string, limitMs?: number): Site {
  const namespace = `muster-records-${randomBytes(6).toString("hex")}`;
  const connect = () => {
    const redis = openRedis({ url, limitMs });
    onTestFinished(redis.close);
    return redis;
  };
  return {
    open: async () => createRedisRecords({ redis: connect(), namespace: () => namespace, ...options }),
    spoil: (key, json) =>
      connect().run(async ({ runId, send }) => {
        await send("SET", `muster:${namespace}:record:${runId}:${key}`, `${time + 60_000}:${json}`);
      }),
  };
}

describe.each(kinds)("records in $name", ({ survives, start, startProcess }) => {
  async function openTwo() {
    const site = await start();
    const [one, other] = [await site.open(), await site.open()];
    await one.prepare();
    return { site, one, other };
  }

  it("are found by every instance as they were put, until they expire", async () => {
    const { one, other } = await openTwo();
    const key = newKey();
    expect(await other.get(key)).toBeNull();
    expect(await one.put(key, claims, inAMinute())).toBe(true);
    expect(await other.get(key)).toEqual(claims);
    expect(await one.amend(key, { ...claims, count: 2 }, inAMinute())).toBe(true);
    expect(await other.get(key)).toEqual({ ...claims, count: 2 });
    time += 59_999;
    expect(await other.get(key)).not.toBeNull();
    time += 1;
    expect(await other.get(key)).toBeNull();
  });

  it("are left as they are by who puts them once more, until they expire", async () => {
    const { one, other } = await openTwo();
    const key = newKey();
    await one.put(key, claims, inAMinute());
    await one.amend(key, { ...claims, count: 2 }, inAMinute());
    expect(await other.put(key, claims, new Date(time + 120_000))).toBe(true);
    expect(await one.get(key)).toEqual({ ...claims, count: 2 });
    time += 60_000;
    expect(await one.get(key)).toBeNull();
    expect(await other.put(key, { ...claims, count: 3 }, inAMinute())).toBe(true);
    expect(await one.get(key)).toEqual({ ...claims, count: 3 });
  });

  it("are gone for every instance when their deletion has resolved, and for good", async () => {
    const { one, other } = await openTwo();
    const keys = [newKey(), newKey(), newKey()];
    const [first = "", second = "", third = ""] = keys;
    for (const key of keys) await one.put(key, claims, inAMinute());
    await one.delete([first, second]);
    expect(await Promise.all(keys.map((key) => other.get(key)))).toEqual([null, null, claims]);
    // neither by a login or refresh that was under way
    expect(await other.put(first, claims, inAMinute())).toBe(false);
    expect(await other.amend(first, claims, inAMinute())).toBe(false);
    expect(await one.get(first)).toBeNull();
    // nor where they were deleted before they were there
    const early = newKey();
    await one.delete([early]);
    expect(await other.put(early, claims, inAMinute())).toBe(false);
    expect(await one.get(early)).toBeNull();
    await one.delete([]);
    await one.delete([third, third]);
    expect(await other.get(third)).toBeNull();
  });

  it("are amended only where they still are", async () => {
    const { one, other } = await openTwo();
    const key = newKey();
    expect(await one.amend(key, claims, inAMinute())).toBe(false);
    expect(await other.get(key)).toBeNull();
    await one.put(key, claims, inAMinute());
    expect(await other.amend(key, { ...claims, count: 2 }, new Date(time + 120_000))).toBe(true);
    time += 60_001;
    expect(await one.get(key)).toEqual({ ...claims, count: 2 });
    time += 60_000;
    expect(await one.amend(key, claims, inAMinute())).toBe(false);
    expect(await one.get(key)).toBeNull();
  });

  it("end with their deletion, however many are put and amended at once", async () => {
    const { one, other } = await openTwo();
    for (let round = 0; round < 10; round += 1) {
      const key = newKey();
      const puts = Array.from({ length: 8 }, (_, count) =>
        (count % 2 ? one : other).put(key, { ...claims, count }, inAMinute()),
      );
      await puts[0];
      await one.delete([key]);
      const amends = [one.amend(key, claims, inAMinute()), other.put(key, claims, inAMinute())];
      await Promise.all(puts);
      expect(await Promise.all(amends)).toEqual([false, false]);
      expect(await other.get(key)).toBeNull();
    }
  });

  it.each([
    ["no JSON", "{"],
    ["of another form", '{"sub":1}'],
    ["null", "null"],
  ])("that are %s are none", async (_, json) => {
    const { site, one } = await openTwo();
    const key = newKey();
    await one.put(key, claims, inAMinute());
    await site.spoil(key, json);
    expect(await one.get(key)).toBeNull();
  });

  it("are unknown in time, never absent, while the store is stopped or killed", { timeout: 60_000 }, async () => {
    const { site, process } = await startProcess();
    const store = await site.open();
    await store.prepare();
    const [key, doomed] = [newKey(), newKey()];
    await recovers(() => store.put(key, claims, inAMinute()));
    await recovers(() => store.put(doomed, claims, inAMinute()));

    const allUnknown = async () => {
      const work = [
        () => store.get(key),
        () => store.put(newKey(), claims, inAMinute()),
        () => store.amend(key, claims, inAMinute()),
        () => store.delete([doomed]),
      ];
      for (const call of work) await isUnknown(call);
    };

    process.signal("SIGSTOP");
    await allUnknown();
    process.signal("SIGCONT");
    expect(await recovers(() => store.get(key))).toEqual(claims);
    await recovers(() => store.delete([doomed]));
    expect(await recovers(() => store.get(doomed))).toBeNull();

    await process.kill();
    await allUnknown();
    await process.start();
    expect(await recovers(() => store.get(doomed))).toBeNull();
    expect(await recovers(() => store.get(key))).toEqual(survives ? claims : null);
  });
});

describe("records in Redis that starts again", () => {
  it("are those of its run alone: what was deleted does not come back from its disk", async () => {
    const server = await startRedis(onTestFinished, { persistence: "snapshots" });
    const site = redisSite(server.url, patientMs);
    const store = await site.open();
    const [kept, deleted] = [newKey(), newKey()];
    await store.put(kept, claims, inAMinute());
    await store.put(deleted, claims, inAMinute());
    expect(await server.command("SAVE")).toBe("+OK");
    await store.delete([deleted]);
    await server.kill();
    await server.start();
    // the record is back in Redis
    const restored = await server.command(`KEYS *${deleted}`);
    expect(restored).toContain(deleted);
    const late = await site.open();
    expect(await late.get(deleted)).toBeNull();
    expect(await late.get(kept)).toBeNull();
    expect(await late.put(kept, claims, inAMinute())).toBe(true);
    expect(await late.get(kept)).toEqual(claims);
  });

  it("do not outlive themselves there", async () => {
    const server = await startRedis(onTestFinished);
    const store = await redisSite(server.url, patientMs).open();
    const key = newKey();
    await store.put(key, claims, inAMinute());
    await store.delete([newKey()]);
    const keys = [...(await server.command("KEYS *")).matchAll(/muster:\S+/g)].map(([name]) => name);
    expect(keys).toHaveLength(2);
    for (const name of keys) {
      const life = Number((await server.command(`PTTL ${name}`)).slice(1));
      expect(life).toBeGreaterThan(0);
      expect(life).toBeLessThanOrEqual(longestMs + clockMarginMs);
    }
  });
});

describe("records in MongoDB", () => {
  it("are tidied up by an index that leaves room for clocks that differ", async () => {
    const { connection } = await newDatabase();
    const store = createMongoRecords({ connection, database: connection.name, operationMs: patientMs, ...options });
    await store.prepare();
    await store.prepare();
    const indexes = await connection.collection(recordsCollection).indexes();
    expect(indexes).toContainEqual(
      expect.objectContaining({ key: { expiresAt: 1 }, expireAfterSeconds: clockMarginMs / 1_000 }),
    );
    const key = newKey();
    await store.put(key, claims, inAMinute());
    await store.delete([key]);
    expect(await store.put(key, claims, new Date(time + 1))).toBe(false);
    const rows = await connection.collection(recordsCollection).find().toArray();
    expect(rows).toEqual([{ _id: key, deleted: true, expiresAt: new Date(time + longestMs) }]);
  });

  it("refuse an index in the place of theirs", async () => {
    const { connection } = await newDatabase();
    await connection.collection(recordsCollection).createIndex({ expiresAt: 1 });
    const store = createMongoRecords({ connection, database: connection.name, operationMs: patientMs, ...options });
    await expect(store.prepare()).rejects.toThrow(StoreUnfitError);
    await expect(store.prepare()).rejects.toThrow(
      'There is another index on "expiresAt" of muster_records. Drop it, and start again.',
    );
  });
});
