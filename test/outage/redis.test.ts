import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { logoutOthers } from "../../src/accounts/logout-others.js";
import { parseConfig } from "../../src/config.js";
import { type Log, silentLog } from "../../src/log.js";
import { startServer } from "../../src/server.js";
import { StoreUnfitError } from "../../src/store/prepare.js";
import { openTestDatabase } from "../../src/testing/database.js";
import { signUp, type TestClient } from "../../src/testing/index.js";
import { captureLog } from "../http/support.js";
import { outcomeOf, refused, tryAccess, tryRefresh } from "../support/outcome.js";
import { startRedis } from "../support/redis.js";

const limitMs = 3_000;
const patienceMs = 20_000;
const unknown = "503 SERVICE_UNAVAILABLE STORE_UNREACHABLE";
const kinds = [
  ["denylist", { REVOCATION_STRATEGY: "denylist", DENYLIST_STORE: "redis" }],
  ["opaque", { REVOCATION_STRATEGY: "opaque", OPAQUE_STORE: "redis" }],
] as const;

async function newDeployment(environment: Record<string, string>) {
  const database = await openTestDatabase(inject("mongoUri"));
  onTestFinished(database.close);
  const jwtSecret = randomBytes(32).toString("hex");
  return async (log: Log = silentLog) => {
    const config = { ...parseConfig({ PORT: "0", RATE_LIMITS: "off", ...environment }), jwtSecret };
    const server = await startServer(
      { ...config, mongodbUri: database.uri },
      { log, overrides: { hashing: { memoryKiB: 64, timeCost: 1, parallelism: 1 } } },
    );
    onTestFinished(server.close);
    return server;
  };
}

/** What it came to, in time. */
async function inTime(asked: Promise<string>): Promise<string> {
  const began = performance.now();
  const outcome = await asked;
  expect(performance.now() - began).toBeLessThan(limitMs);
  return outcome;
}

const isReady = async (url: string) => (await fetch(new URL("/health/ready", url))).status;

/** Asks until it is known again; whatever comes before is a 503. */
async function recovers(ask: () => Promise<string>): Promise<string> {
  for (const until = Date.now() + patienceMs; ; await delay(50)) {
    const outcome = await ask();
    if (outcome !== unknown || Date.now() > until) return outcome;
  }
}

describe.each(kinds)("a Redis that is stopped, then killed, then started again, under %s", (strategy, environment) => {
  it("is neither a logout nor a way in", { timeout: 120_000 }, async () => {
    const redis = await startRedis(onTestFinished);
    const start = await newDeployment({ ...environment, REDIS_URL: redis.url });
    const { url, ready } = await start();
    await ready();
    const phone = await signUp(url);
    const [laptop, tablet] = [await phone.login(), await phone.login()];
    await phone.logoutSession(laptop.credentials.session.id);
    expect(await tryAccess(url, phone.accessToken)).toBe("ok");
    expect(await tryAccess(url, laptop.accessToken)).toBe(refused("SESSION_REVOKED"));

    const everythingIsUnknown = async () => {
      for (const { accessToken } of [phone, laptop, tablet])
        expect(await inTime(tryAccess(url, accessToken))).toBe(unknown);
      expect(await inTime(phone.request("mutation { logoutOthers { revokedCount } }").then(outcomeOf))).toBe(unknown);
      expect(await isReady(url)).toBe(503);
    };
    const isAsBefore = async (client: TestClient) => {
      expect(await recovers(() => tryAccess(url, client.accessToken))).toBe("ok");
      expect(await recovers(() => tryAccess(url, laptop.accessToken))).toBe(refused("SESSION_REVOKED"));
      expect(await isReady(url)).toBe(200);
    };

    redis.signal("SIGSTOP");
    await everythingIsUnknown();
    redis.signal("SIGCONT");
    await isAsBefore(phone);

    await redis.kill();
    await everythingIsUnknown();
    await redis.start();
    if (strategy === "opaque") {
      // its records went with the Redis that kept them
      expect(await recovers(() => tryAccess(url, phone.accessToken))).toBe(refused("TOKEN_SUPERSEDED"));
      await phone.refresh();
    }
    await isAsBefore(phone);
    expect(await tryAccess(url, tablet.accessToken)).toBe(strategy === "opaque" ? refused("TOKEN_SUPERSEDED") : "ok");
  });

  it("fails an ending that it can't be told of, which is carried out all the same", { timeout: 60_000 }, async () => {
    const redis = await startRedis(onTestFinished);
    const start = await newDeployment({ ...environment, REDIS_URL: redis.url });
    const [one, other] = [await start(), await start()];
    await Promise.all([one.ready(), other.ready()]);
    const phone = await signUp(one.url);
    const laptop = await phone.login({ url: other.url });
    expect(await tryAccess(other.url, laptop.accessToken)).toBe("ok");
    // the request was let in before Redis hangs: so it is stopped by the write itself
    const { parts } = one;
    const shown = await parts.authenticate.token(phone.accessToken);
    if (shown.outcome !== "admit") throw new Error("The token is not good.");
    redis.signal("SIGSTOP");
    const began = performance.now();
    await expect(logoutOthers(parts, shown)).rejects.toMatchObject({ reason: "STORE_UNREACHABLE" });
    expect(performance.now() - began).toBeLessThan(limitMs);
    redis.signal("SIGCONT");
    for (const { url } of [one, other]) {
      expect(await recovers(() => tryAccess(url, laptop.accessToken))).toBe(refused("SESSION_REVOKED"));
      expect(await recovers(() => tryAccess(url, phone.accessToken))).toBe("ok");
    }
  });

  it("brings nothing back when all instances and Redis start again", { timeout: 60_000 }, async () => {
    const redis = await startRedis(onTestFinished, { persistence: "snapshots" });
    const start = await newDeployment({ ...environment, REDIS_URL: redis.url });
    const before = await start();
    await before.ready();
    const phone = await signUp(before.url);
    const laptop = await phone.login();
    // what is on the disk is from before the ending
    await redis.command("SAVE");
    await phone.logoutOthers();
    await before.close();
    await redis.kill();
    await redis.start();
    const { url, ready } = await start();
    await ready();
    expect(await recovers(() => tryAccess(url, laptop.accessToken))).toBe(refused("SESSION_REVOKED"));
    expect(await recovers(() => tryAccess(url, phone.accessToken))).toBe(
      strategy === "opaque" ? refused("TOKEN_SUPERSEDED") : "ok",
    );
    expect(await tryRefresh(url, phone.refreshToken)).toBe("ok");
    expect(await tryRefresh(url, laptop.refreshToken)).toBe(refused("REFRESH_INVALID"));
  });

  it("is waited for at the start", { timeout: 60_000 }, async () => {
    const redis = await startRedis(onTestFinished);
    await redis.kill();
    const start = await newDeployment({ ...environment, REDIS_URL: redis.url });
    const { url, ready } = await start();
    expect(await inTime(tryAccess(url, "anything"))).toBe(unknown);
    expect(await isReady(url)).toBe(503);
    await redis.start();
    await ready();
    const phone = await signUp(url);
    expect(await recovers(() => tryAccess(url, phone.accessToken))).toBe("ok");
    expect(await isReady(url)).toBe(200);
  });
});

describe("an ending that Redis was not told of", () => {
  it("is told by another instance, whose feed went on, when Redis is there again", { timeout: 60_000 }, async () => {
    const redis = await startRedis(onTestFinished);
    const start = await newDeployment({ ...kinds[0][1], REDIS_URL: redis.url });
    const [one, other] = [await start(), await start()];
    await Promise.all([one.ready(), other.ready()]);
    const phone = await signUp(one.url);
    const laptop = await phone.login();
    const { parts } = one;
    const shown = await parts.authenticate.token(phone.accessToken);
    if (shown.outcome !== "admit") throw new Error("The token is not good.");
    const { feed } = other.parts.leases;
    await expect.poll(() => feed.freshForMs(), { timeout: patienceMs }).toBeGreaterThan(0);
    await redis.kill();
    let resets = 0;
    const provedAfter = new Promise<void>((resolve) => {
      let heard = false;
      feed.listen({
        onUser: () => {
          heard = true;
        },
        onReset: () => resets++,
        onProof: () => heard && resolve(),
      });
    });
    await expect(logoutOthers(parts, shown)).rejects.toMatchObject({ reason: "STORE_UNREACHABLE" });
    await provedAfter;
    expect(resets).toBe(0);
    await one.close();
    await redis.start();
    const { jti } = JSON.parse(Buffer.from(laptop.accessToken.split(".")[1] as string, "base64url").toString());
    const database = other.parts.users.place.database;
    await expect
      .poll(() => redis.command(`EXISTS muster:${database}:denied:${jti}`), { timeout: patienceMs })
      .toBe(":1");
  });
});

describe("a Redis that may forget", () => {
  it("stops the start, with what to do; its address is in no log", async () => {
    const redis = await startRedis(onTestFinished, { settings: ["--maxmemory-policy", "allkeys-lru"] });
    const { log, text } = captureLog();
    const secret = "a-password-in-an-address";
    const url = redis.url.replace("redis://", `redis://:${secret}@`);
    await redis.command(`CONFIG SET requirepass ${secret}`);
    const start = await newDeployment({ ...kinds[0][1], REDIS_URL: url });
    const failed = await start(log).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failed).toBeInstanceOf(StoreUnfitError);
    expect((failed as Error).message).toContain("noeviction");
    expect(text()).toContain("noeviction");
    expect(`${text()}${(failed as Error).stack}`).not.toContain(secret);
  }, 60_000);
});
