import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { inspect } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { MusterError } from "../../src/errors.js";
import { StoreUnfitError } from "../../src/store/prepare.js";
import { openRedis, type Redis, type RedisOptions } from "../../src/store/redis.js";
import { recovers, unreachable } from "../support/recovers.js";
import { startRedis } from "../support/redis.js";

const wholeMs = 2_500;

/** A connection that ends with the test, and what it told of failures. */
function open(url: string, options: Partial<RedisOptions> = {}) {
  const failures: Error[] = [];
  const redis = openRedis({ url, onFailure: (error) => failures.push(error), ...options });
  onTestFinished(redis.close);
  return { redis, failures };
}

const get = (redis: Redis, key: string) => redis.run((run) => run.send("GET", key));
const set = (redis: Redis, key: string, value: string) => redis.run((run) => run.send("SET", key, value));

/** The failure, which came in time. */
async function failure(work: Promise<unknown>, limitMs = wholeMs): Promise<unknown> {
  const began = performance.now();
  const error = await work.then(
    (reply) => expect.unreachable(`answered ${reply}`),
    (reason: unknown) => reason,
  );
  expect(performance.now() - began).toBeLessThan(limitMs);
  return error;
}

describe("a Redis", () => {
  it("that is stopped, killed and started again fails every command in time and comes back by itself", async () => {
    const server = await startRedis(onTestFinished, { persistence: "appendonly" });
    const { redis } = open(server.url);
    await redis.opened;
    await set(redis, "a", "1");

    server.signal("SIGSTOP");
    const held = await Promise.all(Array.from({ length: 50 }, () => failure(get(redis, "a"))));
    for (const error of held) expect(error).toMatchObject(unreachable);
    // those that find no connection any more
    for (let count = 0; count < 5; count += 1) expect(await failure(get(redis, "a"))).toMatchObject(unreachable);
    server.signal("SIGCONT");
    expect(await recovers(() => get(redis, "a"))).toBe("1");

    await server.kill();
    for (let count = 0; count < 5; count += 1) expect(await failure(get(redis, "a"))).toMatchObject(unreachable);
    await server.start();
    expect(await recovers(() => get(redis, "a"))).toBe("1");
  });

  it("names its run: the same for two connections, another after a restart", async () => {
    const server = await startRedis(onTestFinished);
    const [one, two] = [open(server.url).redis, open(server.url).redis];
    const runOf = (redis: Redis) => redis.run(async ({ runId }) => runId);
    const before = await runOf(one);
    expect(before).toMatch(/^[0-9a-f]{40}$/);
    expect(await runOf(two)).toBe(before);
    await server.kill();
    await server.start();
    const after = await recovers(() => one.run(async ({ runId, send }) => (await send("PING")) && runId));
    expect(after).not.toBe(before);
    expect(await recovers(() => two.run(async ({ runId, send }) => (await send("PING")) && runId))).toBe(after);
  });

  it("is not sent later what was asked while it hung", async () => {
    const server = await startRedis(onTestFinished);
    const { redis } = open(server.url, { limitMs: 300 });
    await redis.opened;
    server.signal("SIGSTOP");
    let asked = 0;
    const ended: Promise<unknown>[] = [];
    for (const until = performance.now() + 2_000; performance.now() < until; await delay(5)) {
      for (let count = 0; count < 20; count += 1) {
        ended.push(failure(set(redis, "late", "1")));
        asked += 1;
      }
    }
    for (const error of await Promise.all(ended)) expect(error).toMatchObject(unreachable);
    server.signal("SIGCONT");
    await recovers(() => get(redis, "late"));
    // what was on its way when it stopped answering, and nothing of the rest
    const [, calls = "0"] = /cmdstat_set:calls=(\d+)/.exec(await server.command("INFO commandstats")) ?? [];
    expect(asked).toBeGreaterThan(1_000);
    expect(Number(calls)).toBeLessThan(asked / 2);
  });

  it("is left by a connection that was closed while it opened", async () => {
    const server = await startRedis(onTestFinished);
    for (let waitMs = 0; waitMs < 20; waitMs += 1) {
      const { redis } = open(server.url);
      await delay(waitMs / 2);
      await redis.close();
    }
    await delay(300);
    expect(await server.command("CLIENT LIST")).not.toContain("name=muster");
    expect((await server.command("CLIENT LIST")).match(/ addr=/g)).toHaveLength(1);
  });

  it("that has nothing in it any more answers so", async () => {
    const server = await startRedis(onTestFinished);
    const { redis } = open(server.url);
    await set(redis, "a", "1");
    await server.command("FLUSHALL");
    expect(await get(redis, "a")).toBeNull();
  });

  it("that is not there is waited for, and commands fail meanwhile", async () => {
    const server = await startRedis(onTestFinished);
    await server.kill();
    const { redis, failures } = open(server.url);
    expect(await failure(get(redis, "a"))).toMatchObject(unreachable);
    await server.start();
    await redis.opened;
    expect(await get(redis, "a")).toBeNull();
    expect(failures.length).toBeGreaterThan(0);
  });

  it("that accepts and never speaks fails every command in time, and is left at once", async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => void silent.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as { port: number };
    const { redis } = open(`redis://127.0.0.1:${port}`);
    for (let count = 0; count < 3; count += 1) expect(await failure(get(redis, "a"))).toMatchObject(unreachable);
    const began = performance.now();
    await redis.close();
    expect(performance.now() - began).toBeLessThan(500);
    await expect(redis.opened).rejects.toThrow("the connection is closed");
  });

  it("that hangs does not hold the end", async () => {
    const server = await startRedis(onTestFinished);
    const { redis } = open(server.url);
    await redis.opened;
    server.signal("SIGSTOP");
    const asked = failure(get(redis, "a"));
    const began = performance.now();
    await redis.close();
    expect(performance.now() - began).toBeLessThan(500);
    expect(await asked).toMatchObject(unreachable);
    expect(await failure(get(redis, "a"), 100)).toMatchObject(unreachable);
  });

  it("whose connections are ended is connected to again at once", async () => {
    const server = await startRedis(onTestFinished);
    const { redis } = open(server.url);
    await redis.opened;
    await delay(2_100);
    await server.command("CLIENT KILL TYPE normal");
    const began = performance.now();
    await recovers(() => get(redis, "a"));
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it("tells a command of ours that it does not know from an outage", async () => {
    const server = await startRedis(onTestFinished);
    const { redis } = open(server.url);
    await set(redis, "a", "1");
    await expect(redis.run((run) => run.send("NOSUCHCOMMAND"))).rejects.toBeInstanceOf(TypeError);
    await expect(redis.run((run) => run.send("HGET", "a", "b"))).rejects.toBeInstanceOf(TypeError);
    await expect(redis.run((run) => run.send("EVAL", "not lua", "0"))).rejects.toBeInstanceOf(TypeError);
  });

  it("that is full refuses what would be written, and goes on answering", async () => {
    const server = await startRedis(onTestFinished);
    const { redis } = open(server.url);
    await set(redis, "a", "1");
    await server.command("CONFIG SET maxmemory 1");
    expect(await failure(set(redis, "b", "2"))).toMatchObject(unreachable);
    const script = "return redis.call('SET', KEYS[1], '2')";
    expect(await failure(redis.run((run) => run.send("EVAL", script, "1", "b")))).toMatchObject(unreachable);
    expect(await get(redis, "a")).toBe("1");
  });
});

describe("a Redis that is not fit", () => {
  it.each(["allkeys-lru", "volatile-ttl"])("may forget by the policy %s, and stops the start", async (policy) => {
    const server = await startRedis(onTestFinished, { settings: ["--maxmemory-policy", policy] });
    const { redis } = open(server.url);
    await expect(redis.opened).rejects.toThrow(StoreUnfitError);
    await expect(redis.opened).rejects.toThrow(
      `Redis has the maxmemory-policy ${policy}, with which it may forget what must not be forgotten: set it to noeviction.`,
    );
    expect(await failure(get(redis, "a"))).toMatchObject(unreachable);
  });

  it("is not used where it has become so, by a restart or while it runs, until it is mended", async () => {
    const server = await startRedis(onTestFinished);
    const { redis, failures } = open(server.url, { recheckMs: 100 });
    await set(redis, "a", "1");
    await server.command("CONFIG SET maxmemory-policy allkeys-lru");
    while (!failures.some((error) => error instanceof StoreUnfitError)) await delay(20);
    expect(await failure(get(redis, "a"))).toMatchObject(unreachable);
    await server.command("CONFIG SET maxmemory-policy noeviction");
    expect(await recovers(() => get(redis, "a"))).toBe("1");
    // what was fit at the start is no reason to trust it after the connection was lost
    const unchecked = open(server.url, { recheckMs: 600_000 });
    await unchecked.redis.opened;
    await server.command("CONFIG SET maxmemory-policy allkeys-lru");
    await server.command("CLIENT KILL TYPE normal");
    while (!unchecked.failures.some((error) => error instanceof StoreUnfitError)) await delay(20);
    expect(await failure(get(unchecked.redis, "a"))).toMatchObject(unreachable);
  });

  it("is a replica, at the start or later", async () => {
    const [server, other] = await Promise.all([startRedis(onTestFinished), startRedis(onTestFinished)]);
    const { redis, failures } = open(server.url, { recheckMs: 600_000 });
    await set(redis, "a", "1");
    await server.command(`REPLICAOF 127.0.0.1 ${other.port}`);
    expect(await failure(set(redis, "a", "2"))).toMatchObject(unreachable);
    while (!failures.some((error) => error instanceof StoreUnfitError)) await delay(20);
    expect(await failure(get(redis, "a"))).toMatchObject(unreachable);
    await expect(open(server.url).redis.opened).rejects.toThrow(/leads to a replica/);
  });

  it("refuses the password, which is in nothing that is told", async () => {
    const password = "very-secret-indeed";
    const server = await startRedis(onTestFinished, { settings: ["--requirepass", "another"] });
    for (const who of [`:${password}@`, `default:${password}@`, ""]) {
      const { redis, failures } = open(server.url.replace("//", `//${who}`));
      await expect(redis.opened).rejects.toThrow(/^Redis refuses what REDIS_URL asks for: look at the user/);
      await expect(redis.opened).rejects.toBeInstanceOf(StoreUnfitError);
      const told = await failure(get(redis, "a"));
      expect(told).toBeInstanceOf(MusterError);
      expect(inspect([told, failures], { depth: 20, showHidden: true })).not.toContain(password);
    }
    await server.kill();
    const { redis, failures } = open(server.url.replace("//", `//:${password}@`));
    const told = await failure(get(redis, "a"));
    expect(inspect([told, failures], { depth: 20, showHidden: true })).not.toContain(password);
  });

  it("lets in who has the password, to the database of that number", async () => {
    const server = await startRedis(onTestFinished, { settings: ["--requirepass", "p%/word"] });
    const { redis } = open(server.url.replace("//", `//:${encodeURIComponent("p%/word")}@`).concat("/3"));
    await set(redis, "a", "1");
    expect(await redis.run((run) => run.send("INFO", "keyspace"))).toMatch(/db3:keys=1/);
  });

  it.each(["", "http://127.0.0.1:6379", "redis://a:very-secret@", "not an address very-secret"])(
    "has no address such as %j",
    async (url) => {
      const { redis } = open(url);
      await expect(redis.opened).rejects.toBeInstanceOf(StoreUnfitError);
      await redis.opened.catch((error) => {
        expect(inspect(error, { depth: 20, showHidden: true })).not.toContain("very-secret");
      });
    },
  );
});
