import { afterEach, expect, inject, it, vi } from "vitest";
import { startTestServer, type TestClient, type TestServer } from "../../src/testing/index.js";
import { type Operator, openOperator } from "../support/operator.js";
import { outcomeOf, refused, tryRefresh } from "../support/outcome.js";

let server: TestServer;
let operator: Operator;
afterEach(async () => {
  await operator.close();
  await server.close();
});

type Lifetimes = {
  accessTokenSeconds?: number;
  refreshTokenSeconds?: number;
  sessionIdleSeconds?: number;
  sessionAbsoluteSeconds?: number;
  lastUsedSeconds?: number;
};

async function start(settings: Lifetimes) {
  server = await startTestServer({ mongodbUri: inject("mongoUri"), settings });
  operator = await openOperator(server.mongodbUri);
  return server.signUp();
}

/** Lets the lifetimes run on by so many seconds. */
const pass = (seconds: number) => server.clock.advance(seconds * 1_000);
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
const lastUsedAt = async ({ email, credentials }: TestClient) =>
  (await operator.sessionOf(email, credentials.session.id)).lastUsedAt.getTime();

/** Uses a session, and waits until that is written: it is written off the request path. */
async function use(client: TestClient) {
  const before = await lastUsedAt(client);
  expect(outcomeOf(await client.me())).toBe("ok");
  await vi.waitFor(async () => expect(await lastUsedAt(client)).toBeGreaterThan(before), { timeout: 5_000 });
}

it("lets an access token live ACCESS_TOKEN_SECONDS, and its session longer", async () => {
  const phone = await start({ accessTokenSeconds: 600 });
  const { iat, exp } = claimsOf(phone.accessToken);
  expect(exp - iat).toBe(600);
  expect(phone.credentials.accessTokenExpiresAt).toBe(new Date(exp * 1_000).toISOString());
  pass(590);
  expect(outcomeOf(await phone.me())).toBe("ok");
  pass(10);
  expect(outcomeOf(await phone.me())).toBe(refused("TOKEN_EXPIRED"));
  await phone.refresh();
  expect(outcomeOf(await phone.me())).toBe("ok");
});

it("lets a refresh token live REFRESH_TOKEN_SECONDS", async () => {
  const phone = await start({ accessTokenSeconds: 600, refreshTokenSeconds: 1_000 });
  const laptop = await phone.login();
  pass(990);
  await phone.refresh();
  pass(10);
  expect(await tryRefresh(laptop.url, laptop.refreshToken)).toBe(refused("REFRESH_INVALID"));
  expect(await phone.sessionIds()).toEqual([phone.credentials.session.id]);
  pass(980);
  expect(await tryRefresh(phone.url, phone.refreshToken)).toBe("ok");
});

it("refuses a session that was idle for SESSION_IDLE_SECONDS, and shows it no more", async () => {
  const phone = await start({ accessTokenSeconds: 5_000, sessionIdleSeconds: 1_000, lastUsedSeconds: 100 });
  const laptop = await phone.login();
  pass(600);
  await use(laptop);
  pass(400);
  expect(outcomeOf(await phone.me())).toBe(refused("SESSION_EXPIRED"));
  expect(await tryRefresh(phone.url, phone.refreshToken)).toBe(refused("REFRESH_INVALID"));
  expect(outcomeOf(await laptop.me())).toBe("ok");
  expect(await laptop.sessionIds()).toEqual([laptop.credentials.session.id]);
});

it("keeps a session that is used alive past SESSION_IDLE_SECONDS, by requests as by refreshes", async () => {
  const phone = await start({ accessTokenSeconds: 5_000, sessionIdleSeconds: 1_000, lastUsedSeconds: 100 });
  const laptop = await phone.login();
  for (let time = 0; time < 3; time++) {
    pass(700);
    await use(phone);
    await laptop.refresh();
  }
  expect(outcomeOf(await phone.me())).toBe("ok");
  expect(outcomeOf(await laptop.me())).toBe("ok");
});

it("does not count sessions that have run out among those that a logout ended", async () => {
  const phone = await start({
    accessTokenSeconds: 5_000,
    refreshTokenSeconds: 2_000,
    sessionIdleSeconds: 1_000,
    lastUsedSeconds: 100,
  });
  const idle = await phone.login();
  pass(600);
  await use(phone);
  pass(600);
  expect(outcomeOf(await idle.me())).toBe(refused("SESSION_EXPIRED"));
  expect(await phone.sessionIds()).toHaveLength(1);
  expect(await phone.logoutOthers()).toBe(0);
  expect(await phone.logoutEverywhere()).toBe(1);
});

it("ends a session at SESSION_ABSOLUTE_SECONDS however often it is refreshed, and no token of it lives longer", async () => {
  const phone = await start({ accessTokenSeconds: 600, sessionAbsoluteSeconds: 2_000, sessionIdleSeconds: 10_000 });
  const end = Date.parse(phone.credentials.session.createdAt) + 2_000_000;
  const ends = [phone.credentials];
  for (const seconds of [500, 500, 500, 400]) {
    pass(seconds);
    await phone.refresh();
    ends.push(phone.credentials);
  }
  for (const { accessToken, accessTokenExpiresAt, refreshTokenExpiresAt, session } of ends) {
    expect(claimsOf(accessToken).exp * 1_000).toBeLessThanOrEqual(end);
    expect(Date.parse(accessTokenExpiresAt)).toBeLessThanOrEqual(end);
    expect(Date.parse(refreshTokenExpiresAt ?? "")).toBeLessThanOrEqual(end);
    expect(session.expiresAt).toBe(refreshTokenExpiresAt);
  }
  expect(outcomeOf(await phone.me())).toBe("ok");
  pass(100);
  expect(outcomeOf(await phone.me())).toBe(refused("TOKEN_EXPIRED"));
  expect(await tryRefresh(phone.url, phone.refreshToken)).toBe(refused("REFRESH_INVALID"));
});

it("lets a password change prolong no session past its absolute lifetime", async () => {
  const phone = await start({ accessTokenSeconds: 600, sessionAbsoluteSeconds: 1_000 });
  const end = Date.parse(phone.credentials.session.createdAt) + 1_000_000;
  pass(590);
  await phone.changePassword({ newPassword: "another long sentence for tests" });
  expect(Date.parse(phone.credentials.refreshTokenExpiresAt ?? "")).toBe(end);
  expect(claimsOf(phone.accessToken).exp * 1_000).toBeLessThanOrEqual(end);
  pass(410);
  expect(outcomeOf(await phone.me())).toBe(refused("TOKEN_EXPIRED"));
});

it("answers a refresh in the last second of a session like one after it", async () => {
  const phone = await start({ accessTokenSeconds: 600, sessionAbsoluteSeconds: 600 });
  const end = Date.parse(phone.credentials.session.expiresAt);
  pass((end - Date.now() - 900) / 1_000);
  expect(await tryRefresh(phone.url, phone.refreshToken)).toBe(refused("REFRESH_INVALID"));
});

it("lets no access token outlive a session that is shorter than ACCESS_TOKEN_SECONDS", async () => {
  const phone = await start({ accessTokenSeconds: 3_600, refreshTokenSeconds: 300 });
  const { iat, exp } = claimsOf(phone.accessToken);
  expect(exp - iat).toBe(300);
  pass(300);
  expect(outcomeOf(await phone.me())).toBe(refused("TOKEN_EXPIRED"));
});

it("drops from the roll what has run out, by the login that adds to it", async () => {
  const phone = await start({ refreshTokenSeconds: 1_000, accessTokenSeconds: 900 });
  await phone.login();
  pass(1_000);
  const tablet = await phone.login();
  const { sessions } = await operator.userOf(phone.email);
  expect(sessions.map(({ id }) => id)).toEqual([tablet.credentials.session.id]);
});
