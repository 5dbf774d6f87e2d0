import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import { startTestServer, type TestClient } from "../../src/testing/index.js";
import { outcomeOf, refused, tryAccess } from "../support/outcome.js";
import { runProgram } from "../support/program.js";
import { type RedisProcess, startRedis } from "../support/redis.js";
import { expectEverywhere, type Pair, startPair } from "./support.js";

const jtiOf = (token: string): string => JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()).jti;
const idOf = ({ credentials }: TestClient) => credentials.session.id;
const unknown = "503 SERVICE_UNAVAILABLE STORE_UNREACHABLE";

describe("a denylist in Redis", () => {
  const ends: (() => void | Promise<void>)[] = [];
  let redis: RedisProcess;
  let pair: Pair;
  let entryOf: (token: string) => string;
  beforeAll(async () => {
    redis = await startRedis((end) => void ends.push(end));
    pair = await startPair({ strategy: "denylist", denylistStore: "redis", redisUrl: redis.url });
    const database = new URL(pair.one.mongodbUri).pathname.slice(1);
    entryOf = (token) => `muster:${database}:denied:${jtiOf(token)}`;
  }, 60_000);
  afterAll(async () => {
    await pair?.close();
    for (const end of ends.reverse()) await end();
  });

  async function twoDevices() {
    const phone = await pair.one.signUp();
    return { phone, laptop: await phone.login({ url: pair.other.url }) };
  }
  const isListed = async (token: string) => (await redis.command(`EXISTS ${entryOf(token)}`)) === ":1";

  it.each<[string, (phone: TestClient, laptop: TestClient) => Promise<unknown>, boolean, boolean]>([
    ["logout", (phone) => phone.logout(), true, false],
    ["logoutSession", (phone, laptop) => phone.logoutSession(idOf(laptop)), false, true],
    ["logoutOthers", (phone) => phone.logoutOthers(), false, true],
    ["logoutEverywhere", (phone) => phone.logoutEverywhere(), true, true],
  ])("has what %s ends when it has returned, and nothing else", async (_, end, phoneEnds, laptopEnds) => {
    const { phone, laptop } = await twoDevices();
    await end(phone, laptop);
    for (const [{ accessToken }, ended] of [
      [phone, phoneEnds],
      [laptop, laptopEnds],
    ] as const) {
      expect(await isListed(accessToken)).toBe(ended);
      await expectEverywhere(pair, accessToken, ended ? refused("SESSION_REVOKED") : "ok");
    }
  });

  it("has the old tokens of a changed password, and those that a session's ninth pushes out", async () => {
    const { phone, laptop } = await twoDevices();
    const first = phone.accessToken;
    await phone.changePassword({ newPassword: "another long sentence" });
    expect([await isListed(first), await isListed(laptop.accessToken)]).toEqual([true, true]);
    await expectEverywhere(pair, first, refused("TOKEN_SUPERSEDED"));
    const second = phone.accessToken;
    for (let count = 0; count < 8; count++) await phone.refresh();
    expect(await isListed(second)).toBe(true);
    await expectEverywhere(pair, second, refused("TOKEN_SUPERSEDED"));
    await expectEverywhere(pair, phone.accessToken, "ok");
  });

  it("has the last word: a token on it is refused, whatever else is known", async () => {
    const { phone } = await twoDevices();
    await redis.command(`SET ${entryOf(phone.accessToken)} 1`);
    await expectEverywhere(pair, phone.accessToken, refused("TOKEN_SUPERSEDED"));
  });

  it("is completed by a repeat that finds nothing left to end", async () => {
    const { phone, laptop } = await twoDevices();
    await phone.logoutSession(idOf(laptop));
    await redis.command(`DEL ${entryOf(laptop.accessToken)}`);
    await expectEverywhere(pair, laptop.accessToken, refused("SESSION_REVOKED"));
    expect(await phone.logoutSession(idOf(laptop))).toBe(0);
    expect(await isListed(laptop.accessToken)).toBe(true);
  });

  it("has what a command of the operator's ends", { timeout: 30_000 }, async () => {
    const { phone } = await twoDevices();
    const environment = {
      MONGODB_URI: pair.one.mongodbUri,
      REVOCATION_STRATEGY: "denylist",
      DENYLIST_STORE: "redis",
      REDIS_URL: redis.url,
    };
    expect(await runProgram("cli/main.js", ["revoke", "user", phone.email], environment)).toMatchObject({
      code: 0,
      stdout: "Sessions ended: 2.\n",
    });
    expect(await isListed(phone.accessToken)).toBe(true);
    await expectEverywhere(pair, phone.accessToken, refused("SESSION_REVOKED"));
  });

  it("that was emptied says nothing until it has been filled again: 503, then as before", async () => {
    const { phone, laptop } = await twoDevices();
    await phone.logoutSession(idOf(laptop));
    await redis.command("FLUSHALL");
    const first = await Promise.all([
      tryAccess(pair.one.url, phone.accessToken),
      tryAccess(pair.other.url, laptop.accessToken),
    ]);
    // the two fill it at once: who asks second may find it whole
    expect(first).toContain(unknown);
    for (const outcome of first) expect([unknown, "ok", refused("SESSION_REVOKED")]).toContain(outcome);
    await expect.poll(() => tryAccess(pair.one.url, phone.accessToken), { timeout: 10_000 }).toBe("ok");
    expect(await isListed(laptop.accessToken)).toBe(true);
    await expectEverywhere(pair, laptop.accessToken, refused("SESSION_REVOKED"));
    await expectEverywhere(pair, phone.accessToken, "ok");
  });
});

describe("without leases", () => {
  it("the user's state is asked beside the list", async () => {
    const redis = await startRedis(onTestFinished);
    const server = await startTestServer({
      mongodbUri: inject("mongoUri"),
      settings: {
        strategy: "denylist",
        denylistStore: "redis",
        redisUrl: redis.url,
        authStateMode: "read-through",
      },
    });
    onTestFinished(server.close);
    const phone = await server.signUp();
    const laptop = await phone.login();
    expect(outcomeOf(await phone.me())).toBe("ok");
    await phone.logoutOthers();
    expect(await tryAccess(server.url, laptop.accessToken)).toBe(refused("SESSION_REVOKED"));
    const database = new URL(server.mongodbUri).pathname.slice(1);
    await redis.command(`DEL muster:${database}:denied:${jtiOf(laptop.accessToken)}`);
    expect(await tryAccess(server.url, laptop.accessToken)).toBe(refused("SESSION_REVOKED"));
    expect(outcomeOf(await phone.me())).toBe("ok");
  });
});
