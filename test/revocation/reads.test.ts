import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Config } from "../../src/config.js";
import { recordsCollection } from "../../src/store/mongo-records.js";
import { MeDocument, startTestServer, type TestClient, type TestServer } from "../../src/testing/index.js";
import { type Operator, openOperator } from "../support/operator.js";
import { outcomeOf } from "../support/outcome.js";
import { type RedisProcess, startRedis } from "../support/redis.js";
import { isLoaded } from "./support.js";

/** Commands of these names that a Redis has carried out. */
async function callsOf(redis: RedisProcess, name: string): Promise<number> {
  const stats = await redis.command("INFO commandstats");
  return Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
}

describe.each<[string, Partial<Config>, { records: number; redis: "get" | "mget" | null }]>([
  ["opaque in MongoDB", { strategy: "opaque" }, { records: 1, redis: null }],
  ["opaque in Redis", { strategy: "opaque", opaqueStore: "redis" }, { records: 0, redis: "get" }],
  [
    "an allow-list in Redis",
    { strategy: "opaque", opaqueStore: "redis", opaqueFormat: "jwt" },
    { records: 0, redis: "get" },
  ],
  ["a denylist in Redis", { strategy: "denylist", denylistStore: "redis" }, { records: 0, redis: "mget" }],
])("what a request reads: %s", (_, settings, expected) => {
  const ends: (() => void | Promise<void>)[] = [];
  let redis: RedisProcess;
  let server: TestServer;
  let operator: Operator;
  let phone: TestClient;
  beforeAll(async () => {
    redis = await startRedis((end) => void ends.push(end));
    server = await startTestServer({ mongodbUri: inject("mongoUri"), settings: { redisUrl: redis.url, ...settings } });
    operator = await openOperator(server.mongodbUri);
    phone = await server.signUp();
    await isLoaded(server);
  }, 60_000);
  afterAll(async () => {
    await operator?.close();
    await server?.close();
    for (const end of ends.reverse()) await end();
  });

  /** What is read of each collection and of Redis while this is asked. */
  async function readsOf(ask: () => Promise<unknown>) {
    const { database } = operator;
    const name = expected.redis ?? "get";
    await database.command({ profile: 0 });
    await database.dropCollection("system.profile").catch(() => {});
    const before = await callsOf(redis, name);
    await database.command({ profile: 2 });
    await ask();
    await database.command({ profile: 0 });
    const asked = (await callsOf(redis, name)) - before;
    const of = (collection: string) =>
      database.collection("system.profile").countDocuments({ ns: `${database.databaseName}.${collection}` });
    return { users: await of("users"), records: await of(recordsCollection), redis: asked };
  }
  const once = { records: expected.records, redis: expected.redis ? 1 : 0 };

  it("one of its store, and none of the user", async () => {
    const reads = await readsOf(async () => {
      expect(outcomeOf(await phone.request("{ __typename }"))).toBe("ok");
    });
    expect(reads).toEqual({ users: 0, ...once });
  });

  it("one of its store and one of the user for me, which memory then spares", async () => {
    const ask = async () => expect(outcomeOf(await phone.request(MeDocument))).toBe("ok");
    expect(await readsOf(ask)).toEqual({ users: 1, ...once });
    expect(await readsOf(ask)).toEqual({ users: 0, ...once });
  });
});
