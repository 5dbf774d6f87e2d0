import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { startTestServer, type TestServer } from "../../src/testing/index.js";
import { type Operator, openOperator } from "../support/operator.js";
import { outcomeOf, refused, tryAccess, tryRefresh } from "../support/outcome.js";

let server: TestServer;
let operator: Operator;
beforeAll(async () => {
  // a server that remembers may admit a token that was pushed out for as long as its memory lives
  server = await startTestServer({ mongodbUri: inject("mongoUri"), settings: { authStateMode: "read-through" } });
  operator = await openOperator(server.mongodbUri);
});
afterAll(async () => {
  await operator.close();
  await server.close();
});

it("keeps the newest eight access tokens of a session good; a ninth pushes out the oldest", async () => {
  const phone = await server.signUp();
  const tokens = [phone.accessToken];
  for (let count = 0; count < 7; count++) {
    await phone.refresh();
    tokens.push(phone.accessToken);
  }
  const worthOfAll = () => Promise.all(tokens.map((token) => tryAccess(server.url, token)));
  expect(await worthOfAll()).toEqual(Array(8).fill("ok"));
  await phone.refresh();
  tokens.push(phone.accessToken);
  expect(await worthOfAll()).toEqual([refused("TOKEN_SUPERSEDED"), ...Array(8).fill("ok")]);
  await phone.refresh();
  tokens.push(phone.accessToken);
  expect(await worthOfAll()).toEqual([...Array(2).fill(refused("TOKEN_SUPERSEDED")), ...Array(8).fill("ok")]);
  const { jtis } = await operator.sessionOf(phone.email, phone.credentials.session.id);
  expect(jtis).toHaveLength(8);
});

it("tells a tab whose access token was pushed out to refresh, which gets it back in", async () => {
  const tab = await server.signUp();
  const superseded = tab.accessToken;
  for (let count = 0; count < 8; count++) await tab.refresh();
  expect(await tryAccess(server.url, superseded)).toBe(refused("TOKEN_SUPERSEDED"));
  expect(await tryRefresh(server.url, tab.refreshToken)).toBe("ok");
});

it("drops access tokens that have expired from a session when it is refreshed", async () => {
  const phone = await server.signUp();
  for (let count = 0; count < 3; count++) await phone.refresh();
  server.clock.advance(900_000);
  await phone.refresh();
  const { jtis } = await operator.sessionOf(phone.email, phone.credentials.session.id);
  expect(jtis).toHaveLength(1);
});

it("lets tabs share a session: each refreshes, and all of them are logged out together", async () => {
  const first = await server.signUp();
  const second = { accessToken: first.accessToken };
  await first.refresh();
  const tokens = [second.accessToken, first.accessToken];
  expect(await Promise.all(tokens.map((token) => tryAccess(server.url, token)))).toEqual(["ok", "ok"]);
  expect(await first.sessionIds()).toHaveLength(1);
  await first.logout();
  const dead = refused("SESSION_REVOKED");
  expect(await Promise.all(tokens.map((token) => tryAccess(server.url, token)))).toEqual([dead, dead]);
});

it("replaces the only session at MAX_SESSIONS=1", async () => {
  const single = await startTestServer({ mongodbUri: inject("mongoUri"), settings: { maxSessions: 1 } });
  try {
    const phone = await single.signUp();
    expect(outcomeOf(await phone.me())).toBe("ok");
    const laptop = await phone.login();
    expect(outcomeOf(await phone.me())).toBe(refused("SESSION_REVOKED"));
    expect(await tryRefresh(phone.url, phone.refreshToken)).toBe(refused("REFRESH_INVALID"));
    expect(await laptop.sessionIds()).toEqual([laptop.credentials.session.id]);
  } finally {
    await single.close();
  }
});

it("shortens a roll that is longer than a MAX_SESSIONS that was lowered, at the next login", async () => {
  const single = await startTestServer({ mongodbUri: inject("mongoUri"), settings: { maxSessions: 3 } });
  const byHand = await openOperator(single.mongodbUri);
  try {
    const phone = await single.signUp();
    const [session] = (await byHand.userOf(phone.email)).sessions;
    const more = Array.from({ length: 10 }, (_, index) => ({ ...session, id: `${index}`.padStart(22, "A") }));
    await byHand.set(phone.email, { sessions: [session, ...more] });
    const laptop = await phone.login();
    const ids = await laptop.sessionIds();
    expect(ids).toHaveLength(3);
    expect(ids).toContain(laptop.credentials.session.id);
  } finally {
    await byHand.close();
    await single.close();
  }
});
