import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { parseConfig } from "../../src/config.js";
import { silentLog } from "../../src/log.js";
import { startServer } from "../../src/server.js";
import {
  type Answer,
  LoginDocument,
  LogoutEverywhereDocument,
  MeDocument,
  RefreshDocument,
  SignupDocument,
  send,
  signUp,
} from "../../src/testing/index.js";
import { startMongod } from "../support/mongod.js";
import { until } from "../support/until.js";

const limitMs = 3_000;

async function startOver(uri: string, mode: "leased" | "read-through") {
  const server = await startServer(
    {
      ...parseConfig({ PORT: "0", RATE_LIMITS: "off", AUTH_STATE_MODE: mode }),
      jwtSecret: randomBytes(32).toString("hex"),
      mongodbUri: uri,
    },
    { log: silentLog, overrides: { hashing: { memoryKiB: 64 } } },
  );
  onTestFinished(server.close);
  const health = async (name: string) => (await fetch(new URL(`/health/${name}`, server.url))).status;
  return { url: server.url, health };
}

/** The answer, which came in time. */
async function inTime<T>(asked: Promise<Answer<T>>): Promise<Answer<T>> {
  const began = performance.now();
  const answer = await asked;
  expect(performance.now() - began).toBeLessThan(limitMs);
  return answer;
}

const unreachable = { status: 503, code: "SERVICE_UNAVAILABLE", reason: "STORE_UNREACHABLE" };

/** Asks again and again until it is answered as it was before the outage; whatever comes before that is a 503. */
async function recovers(ask: () => Promise<Answer<unknown>>): Promise<void> {
  for (const until = Date.now() + 20_000; ; ) {
    const answer = await ask();
    if (answer.status === 200) return;
    expect(answer).toMatchObject(unreachable);
    if (Date.now() > until) throw new Error("It did not recover.");
    await delay(100);
  }
}

describe.each(["leased", "read-through"] as const)("an outage, %s", (mode) => {
  it("is never a logout: a database that is stopped, then killed, then started again", {
    timeout: 120_000,
  }, async () => {
    const mongod = await startMongod(onTestFinished);
    const { url, health } = await startOver(mongod.uri, mode);
    const client = await signUp(url);
    const other = await client.login();
    // what a 503 says may still happen: so what is kept watch over is not the user who logs out
    const leaving = await signUp(url);
    expect((await client.me()).status).toBe(200);

    const { email, password, refreshToken } = client;
    const sendAll = () => [
      leaving.request(LogoutEverywhereDocument),
      send(url, LoginDocument, { input: { email, password } }),
      send(url, SignupDocument, { input: { email: `new-${email}`, password } }),
      send(url, RefreshDocument, { input: { refreshToken } }),
    ];
    const everything = async () => {
      // the lease may still hold for a moment; nothing else than the true answer and 503 may come
      const me = await inTime(client.me());
      if (me.status === 200) expect(me.data).toMatchObject({ me: { email } });
      else expect(me).toMatchObject(unreachable);
      for (const answer of await Promise.all(sendAll().map((asked) => inTime<unknown>(asked)))) {
        expect(answer).toMatchObject(unreachable);
        expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
      }
      for (const asked of [client.me(), other.me()]) expect(await inTime(asked)).toMatchObject(unreachable);
      expect(await health("live")).toBe(200);
      expect(await health("ready")).toBe(503);
    };

    mongod.signal("SIGSTOP");
    await everything();
    mongod.signal("SIGCONT");
    await recovers(() => client.me());
    expect(await health("ready")).toBe(200);

    await mongod.kill();
    await everything();
    await mongod.start();
    await recovers(() => client.me());
    expect(await health("ready")).toBe(200);
  });
});

describe("a start without a database", () => {
  it("answers the first request with 503 in time, and works by itself when the database is there", async () => {
    const mongod = await startMongod(onTestFinished);
    await mongod.kill();
    const { url, health } = await startOver(mongod.uri, "leased");
    expect(await inTime(send(url, MeDocument, {}))).toMatchObject(unreachable);
    expect(await inTime(send(url, MeDocument, {}, { token: "anything" }))).toMatchObject(unreachable);
    expect(await health("live")).toBe(200);
    expect(await health("ready")).toBe(503);
    await mongod.start();
    await until(async () => (await health("ready")) === 200);
    const client = await signUp(url);
    expect((await client.me()).status).toBe(200);
  }, 90_000);
});
