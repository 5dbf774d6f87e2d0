import { createHash, randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import { partsOf } from "../../src/muster.js";
import { recordsCollection } from "../../src/store/mongo-records.js";
import { LoginDocument, send, startTestServer, type TestClient } from "../../src/testing/index.js";
import { newId } from "../../src/tokens/claims.js";
import { createBarrier, seamsOf } from "../support/barrier.js";
import { type Operator, openOperator } from "../support/operator.js";
import { outcomeOf, refreshWith, refused, times, tryAccess, tryRefresh } from "../support/outcome.js";
import { type RedisProcess, startRedis } from "../support/redis.js";
import { expectEverywhere, type Pair, startPair } from "./support.js";

const variants = [
  ["mongodb", "random"],
  ["redis", "random"],
  ["redis", "jwt"],
] as const;

const sha256 = (text: string) => createHash("sha256").update(text).digest("base64url");
const jtiOf = (token: string): string => JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()).jti;
const idOf = ({ credentials }: TestClient) => credentials.session.id;

describe.each(variants)("opaque tokens in %s, %s", (opaqueStore, opaqueFormat) => {
  const barrier = createBarrier();
  const ends: (() => void | Promise<void>)[] = [];
  let redis: RedisProcess | null;
  let pair: Pair;
  let operator: Operator;
  beforeAll(async () => {
    redis = opaqueStore === "redis" ? await startRedis((end) => void ends.push(end)) : null;
    const settings = { strategy: "opaque", opaqueStore, opaqueFormat, redisUrl: redis?.url } as const;
    pair = await startPair(settings, { seams: seamsOf(barrier) });
    operator = await openOperator(pair.one.mongodbUri);
  }, 60_000);
  afterEach(() => barrier.releaseAll());
  afterAll(async () => {
    await operator?.close();
    await pair?.close();
    for (const end of ends.reverse()) await end();
  });

  /** Whether a record is there that speaks for a token. */
  async function isKept(token: string): Promise<boolean> {
    const key = opaqueFormat === "jwt" ? jtiOf(token) : sha256(token);
    if (!redis) {
      const rows = operator.database.collection<{ _id: string }>(recordsCollection);
      return (await rows.countDocuments({ _id: key, record: { $exists: true } })) === 1;
    }
    const [, runId] = /run_id:(\w+)/.exec(await redis.command("INFO server")) ?? [];
    const length = await redis.command(`STRLEN muster:${operator.database.databaseName}:record:${runId}:${key}`);
    return length !== ":0";
  }

  async function twoDevices() {
    const phone = await pair.one.signUp();
    return { phone, laptop: await phone.login({ url: pair.other.url }) };
  }

  it("are good on every instance, also for what asks for the user", async () => {
    const { phone, laptop } = await twoDevices();
    expect(phone.accessToken.split(".")).toHaveLength(opaqueFormat === "jwt" ? 3 : 4);
    await expectEverywhere(pair, phone.accessToken, "ok");
    await expectEverywhere(pair, laptop.accessToken, "ok");
    expect(await phone.sessionIds()).toHaveLength(2);
    expect(await pair.other.muster.authenticate(phone.accessToken)).toMatchObject({
      outcome: "admit",
      principal: { sessionId: idOf(phone), roles: [] },
    });
  });

  it.each<[string, (phone: TestClient, laptop: TestClient) => Promise<unknown>, string[], string[]]>([
    ["logout", (phone) => phone.logout(), ["SESSION_REVOKED", "LOGGED_OUT"], []],
    ["logoutSession", (phone, laptop) => phone.logoutSession(idOf(laptop)), [], ["SESSION_REVOKED", "SESSION_ENDED"]],
    ["logoutOthers", (phone) => phone.logoutOthers(), [], ["SESSION_REVOKED", "LOGGED_OUT_OTHERS"]],
    [
      "logoutEverywhere",
      (phone) => phone.logoutEverywhere(),
      ["SESSION_REVOKED", "LOGGED_OUT_EVERYWHERE"],
      ["SESSION_REVOKED", "LOGGED_OUT_EVERYWHERE"],
    ],
    [
      "changePassword",
      (phone) => phone.changePassword({ newPassword: "another long sentence" }),
      ["TOKEN_SUPERSEDED"],
      ["SESSION_REVOKED", "PASSWORD_CHANGED"],
    ],
  ])("are dead on both instances when %s has returned, and no others are", async (_, end, ofPhone, ofLaptop) => {
    const { phone, laptop } = await twoDevices();
    const stranger = await pair.other.signUp();
    const tokens = [phone.accessToken, laptop.accessToken];
    for (const token of tokens) await expectEverywhere(pair, token, "ok");
    await end(phone, laptop);
    for (const [index, [reason, endReason]] of [ofPhone, ofLaptop].entries()) {
      const token = tokens[index]!;
      expect(await isKept(token)).toBe(reason === undefined);
      await expectEverywhere(pair, token, reason ? refused(reason) : "ok");
      if (!endReason) continue;
      const answer = await send(pair.other.url, "{ me { id } }", {}, { token });
      expect(answer.errors[0]?.extensions).toMatchObject({ reason, endReason });
    }
    await expectEverywhere(pair, stranger.accessToken, "ok");
    if (ofPhone[0] === "TOKEN_SUPERSEDED") await expectEverywhere(pair, phone.accessToken, "ok");
  });

  it("live on after a refresh, of which 20 at once get one answer", async () => {
    const { phone } = await twoDevices();
    const answers = await times(20, (turn) => refreshWith([pair.one, pair.other][turn % 2]!.url, phone.refreshToken));
    expect(answers.map(outcomeOf)).toEqual(answers.map(() => "ok"));
    // an ES256 signature is another one each time, an HS256 one is not
    expect(new Set(answers.map(({ data }) => data?.refresh.accessToken)).size).toBe(1);
    await expectEverywhere(pair, answers[0]!.data!.refresh.accessToken, "ok");
    await expectEverywhere(pair, phone.accessToken, "ok");
    const { jtis } = await operator.sessionOf(phone.email, idOf(phone));
    expect(jtis).toHaveLength(2);
  });

  it("that a login is about to get come to nothing while the user logs out everywhere", async () => {
    const { phone, laptop } = await twoDevices();
    const held = barrier.hold("login", 1);
    const { email, password } = phone;
    const answer = send(pair.one.url, LoginDocument, { input: { email, password } });
    await held.arrived;
    await laptop.logoutEverywhere();
    held.release();
    expect(outcomeOf(await answer)).toBe(refused("LOGIN_OVERTAKEN"));
    expect((await operator.userOf(email)).sessions).toEqual([]);
    await expectEverywhere(pair, phone.accessToken, refused("SESSION_REVOKED"));
  });

  it("that a refresh is about to get come to nothing when the session ends before it is told", async () => {
    const { phone, laptop } = await twoDevices();
    const held = barrier.hold("refresh", 2);
    const answers = [pair.one, pair.other].map(({ url }) => refreshWith(url, phone.refreshToken));
    await held.arrived;
    await laptop.logoutOthers();
    held.release();
    expect((await Promise.all(answers)).map(outcomeOf)).toEqual(answers.map(() => refused("REFRESH_INVALID")));
    await expectEverywhere(pair, laptop.accessToken, "ok");
  });

  it("are nothing where their place was taken away before it was filled, or was never filled", async () => {
    const [here, there] = [pair.one, pair.other].map(({ muster }) => partsOf(muster).strategy.kept!);
    const source = { userId: "a", sessionId: newId(), generation: 0, refreshSeed: newId() };
    const jti = here!.idOf(source);
    expect(there!.idOf(source)).toBe(jti);
    const now = Date.now();
    const content = {
      issuer: "muster",
      audience: "muster",
      sub: source.userId,
      sid: source.sessionId,
      jti,
      issuedAt: new Date(now),
      expiresAt: new Date(now + 60_000),
      authTime: new Date(now),
      sys: 0,
    };
    await here!.issue(content, source);
    expect(await there!.find(jti)).toBeNull();
    await here!.reserve(jti);
    expect(await there!.find(jti)).toBeNull();
    await there!.issue(content, source);
    expect(await here!.find(jti)).toMatchObject({ jti, sid: source.sessionId });
    // a racer's reservation takes nothing away
    await there!.reserve(jti);
    expect(await here!.find(jti)).toMatchObject({ jti });
    await there!.end([jti]);
    await here!.issue(content, source);
    await here!.reserve(jti);
    await here!.issue(content, source);
    expect(await here!.find(jti)).toBeNull();
  });

  it("are pushed out by the ninth of a session, and refreshed", async () => {
    const { phone } = await twoDevices();
    const first = phone.accessToken;
    for (let count = 0; count < 8; count++) await phone.refresh();
    await expectEverywhere(pair, first, refused("TOKEN_SUPERSEDED"));
    await expectEverywhere(pair, phone.accessToken, "ok");
  });

  it("expire, which is told as such", async () => {
    const short = await startTestServer({ mongodbUri: inject("mongoUri"), joins: pair.one });
    onTestFinished(short.close);
    const phone = await short.signUp();
    short.clock.advance(900_000);
    expect(await tryAccess(short.url, phone.accessToken)).toBe(refused("TOKEN_EXPIRED"));
    await phone.refresh();
    expect(outcomeOf(await phone.me())).toBe("ok");
  });

  it("are refused as what they are where they are none of ours, altered, or refresh tokens", async () => {
    const { phone } = await twoDevices();
    const altered = [...phone.accessToken];
    altered[altered.length - 20] = altered.at(-20) === "A" ? "B" : "A";
    for (const token of ["anything", phone.refreshToken, altered.join(""), `${phone.accessToken}A`, "a.b.c.d"])
      await expectEverywhere(pair, token, refused("TOKEN_INVALID"));
    await expectEverywhere(pair, phone.accessToken, "ok");
  });

  it("refuse a disabled user at once, and admit again when the user is enabled", async () => {
    const { phone } = await twoDevices();
    await operator.set(phone.email, { enabled: false });
    await expect.poll(() => tryAccess(pair.other.url, phone.accessToken)).toBe(refused("USER_DISABLED"));
    await operator.set(phone.email, { enabled: true });
    await expect.poll(() => tryAccess(pair.other.url, phone.accessToken)).toBe("ok");
  });
});

describe("a change of settings", () => {
  const jwtSecret = randomBytes(32).toString("hex");

  it("lets clients with tokens of another strategy or format refresh them", async () => {
    const first = await startTestServer({ mongodbUri: inject("mongoUri"), settings: { jwtSecret } });
    onTestFinished(first.close);
    const starts = [
      { strategy: "session-list" },
      { strategy: "opaque", opaqueFormat: "random" },
      { strategy: "opaque", opaqueFormat: "jwt" },
      { strategy: "token-version" },
    ] as const;
    const servers = [];
    for (const settings of starts) {
      const server = await startTestServer({ mongodbUri: inject("mongoUri"), joins: first, settings });
      onTestFinished(server.close);
      servers.push(server);
    }
    for (const from of servers) {
      const client = await from.signUp();
      for (const to of servers) {
        // the roll judges any JWT; one on an allow-list stands on the roll too
        const isSame = from === to || (to === servers[0] && from !== servers[1]);
        const expected = isSame ? "ok" : refused("TOKEN_SUPERSEDED");
        expect(await tryAccess(to.url, client.accessToken), `${servers.indexOf(from)} to ${servers.indexOf(to)}`).toBe(
          expected,
        );
      }
      const { data } = await refreshWith(servers[1]!.url, client.refreshToken);
      expect(await tryAccess(servers[1]!.url, data!.refresh.accessToken)).toBe("ok");
    }
  }, 60_000);
});

describe("without leases", () => {
  it("the record and the user are asked, so that guards and endings hold", async () => {
    const settings = { strategy: "opaque", authStateMode: "read-through" } as const;
    const server = await startTestServer({ mongodbUri: inject("mongoUri"), settings });
    const operator = await openOperator(server.mongodbUri);
    onTestFinished(async () => {
      await operator.close();
      await server.close();
    });
    const phone = await server.signUp();
    const laptop = await phone.login();
    await phone.logoutOthers();
    expect(outcomeOf(await laptop.me())).toBe(refused("SESSION_REVOKED"));
    expect(outcomeOf(await phone.me())).toBe("ok");
    await operator.set(phone.email, { enabled: false });
    expect(outcomeOf(await phone.me())).toBe(refused("USER_DISABLED"));
    await operator.set(phone.email, { enabled: true, sessions: [] });
    expect(outcomeOf(await phone.me())).toBe(refused("SESSION_REVOKED"));
  });
});

describe("without a grace", () => {
  it("exactly one of 20 refreshes at once wins, and its token dies with the session", async () => {
    const server = await startTestServer({
      mongodbUri: inject("mongoUri"),
      settings: { strategy: "opaque", refreshGraceSeconds: 0 },
    });
    onTestFinished(server.close);
    const phone = await server.signUp();
    const answers = await times(20, () => refreshWith(server.url, phone.refreshToken));
    const winners = answers.filter((answer) => outcomeOf(answer) === "ok");
    expect(winners).toHaveLength(1);
    const { accessToken, refreshToken } = winners[0]!.data!.refresh;
    expect(await tryAccess(server.url, accessToken)).toBe(refused("SESSION_REVOKED"));
    expect(await tryRefresh(server.url, refreshToken)).toBe(refused("REFRESH_INVALID"));
  });
});

describe("what is stored", () => {
  it("is no token: records are found by the SHA-256 of one", async () => {
    const server = await startTestServer({ mongodbUri: inject("mongoUri"), settings: { strategy: "opaque" } });
    const operator = await openOperator(server.mongodbUri);
    onTestFinished(async () => {
      await operator.close();
      await server.close();
    });
    const phone = await server.signUp();
    const rows = await operator.database.collection<{ _id: string }>(recordsCollection).find().toArray();
    const user = await operator.userOf(phone.email);
    const id = sha256(phone.accessToken);
    expect(rows.map(({ _id }) => _id)).toEqual([id]);
    expect(user.sessions[0]?.jtis.map(({ jti }) => jti)).toEqual([id]);
    expect(JSON.stringify([rows, user])).not.toContain(phone.accessToken.split(".")[2]);
    expect(await tryAccess(server.url, id)).toBe(refused("TOKEN_INVALID"));
  });

  it("makes no token another user's, whoever may write to the store", async () => {
    const server = await startTestServer({ mongodbUri: inject("mongoUri"), settings: { strategy: "opaque" } });
    const operator = await openOperator(server.mongodbUri);
    onTestFinished(async () => {
      await operator.close();
      await server.close();
    });
    const [thief, owner] = [await server.signUp(), await server.signUp()];
    const rows = operator.database.collection<{ _id: string; record: string }>(recordsCollection);
    const keyOf = ({ accessToken }: TestClient) => sha256(accessToken);
    const { record = "" } = (await rows.findOne({ _id: keyOf(owner) })) ?? {};
    expect(JSON.parse(record)).toMatchObject({ sid: idOf(owner) });
    await rows.updateOne({ _id: keyOf(thief) }, { $set: { record } });
    expect(outcomeOf(await thief.me())).toBe(refused("TOKEN_INVALID"));
    await rows.updateOne({ _id: keyOf(thief) }, { $set: { record: "{}" } });
    expect(outcomeOf(await thief.me())).toBe(refused("TOKEN_INVALID"));
    await rows.deleteOne({ _id: keyOf(owner) });
    expect(outcomeOf(await owner.me())).toBe(refused("TOKEN_SUPERSEDED"));
  });

  it("is nothing good where a login was refused at the cap", async () => {
    const settings = { strategy: "opaque", maxSessions: 1, atSessionCap: "refuse" } as const;
    const server = await startTestServer({ mongodbUri: inject("mongoUri"), settings });
    const operator = await openOperator(server.mongodbUri);
    onTestFinished(async () => {
      await operator.close();
      await server.close();
    });
    const phone = await server.signUp();
    await expect(phone.login()).rejects.toThrow("SESSION_LIMIT_REACHED");
    const rows = await operator.database
      .collection(recordsCollection)
      .find({ deleted: { $exists: false } })
      .toArray();
    expect(rows).toHaveLength(1);
    expect(outcomeOf(await phone.me())).toBe("ok");
  });
});
