import { afterEach, beforeEach, expect, inject, it, vi } from "vitest";
import {
  EndAllSessionsDocument,
  LoginDocument,
  RefreshDocument,
  SessionsDocument,
  send,
  startTestServer,
  type TestClient,
  type TestServer,
} from "../../src/testing/index.js";
import { connect } from "../sockets/support.js";
import { createBarrier, seamsOf } from "../support/barrier.js";
import { type Operator, openOperator } from "../support/operator.js";
import { outcomeOf, refused, tryAccess, tryRefresh } from "../support/outcome.js";
import { type Admin, becomeAdmin, databaseOf, sessionIdOf } from "./admin.js";

const barrier = createBarrier();
/** A deployment of each test's own, for what is ended here ends for everybody. */
let server: TestServer;
let other: TestServer;
let operator: Operator;
let admin: Admin;
beforeEach(async () => {
  const settings = { maxSessions: 2, atSessionCap: "refuse" } as const;
  server = await startTestServer({ mongodbUri: inject("mongoUri"), settings, seams: seamsOf(barrier) });
  other = await startTestServer({ joins: server, seams: seamsOf(barrier) });
  operator = await openOperator(server.mongodbUri);
  admin = await becomeAdmin(server);
});
afterEach(async () => {
  barrier.releaseAll();
  await operator?.close();
  await other?.close();
  await server?.close();
});

const endAll = (issuedBefore?: Date) =>
  admin.ask(EndAllSessionsDocument, { confirm: databaseOf(server), issuedBefore: issuedBefore?.toISOString() });

const worthOf = async ({ accessToken, refreshToken }: TestClient) => ({
  access: [await tryAccess(server.url, accessToken), await tryAccess(other.url, accessToken)],
  refresh: await tryRefresh(other.url, refreshToken),
});
const alive = { access: ["ok", "ok"], refresh: "ok" };
const dead = { access: Array(2).fill(refused("SESSION_REVOKED")), refresh: refused("REFRESH_INVALID") };

/** When the client's newest access token was issued, by the database's clock. */
const issuedAt = ({ accessToken }: TestClient): number =>
  JSON.parse(Buffer.from(accessToken.split(".")[1]!, "base64url").toString()).ims;

const listOf = async (client: TestClient) => {
  const { data } = await client.request(SessionsDocument, { first: 200 });
  return { ids: data?.sessions.nodes.map(({ id }) => id), totalCount: data?.sessions.totalCount };
};

it("ends the sessions of all users on all instances, the admin's too, and says how many", async () => {
  const [phone, stranger] = [await server.signUp(), await server.signUp()];
  const laptop = await phone.login();
  expect(await endAll()).toMatchObject({ outcome: "ok", revokedCount: 4 });
  for (const client of [phone, laptop, stranger, admin.client]) expect(await worthOf(client)).toEqual(dead);
  expect((await phone.me()).errors[0]?.extensions?.endReason).toBe("EVERYTHING_ENDED");
});

it("leaves nothing that is listed, counted, or takes up room", async () => {
  const phone = await server.signUp();
  const laptop = await phone.login();
  await expect(phone.login()).rejects.toThrow("SESSION_LIMIT_REACHED");
  await endAll();
  const [again, tablet] = [await phone.login(), await phone.login({ url: other.url })];
  await expect(phone.login()).rejects.toThrow("SESSION_LIMIT_REACHED");
  expect(await listOf(again)).toEqual({ ids: [sessionIdOf(tablet), sessionIdOf(again)], totalCount: 2 });
  expect((await operator.userOf(phone.email)).sessions).toHaveLength(2);
  expect(await again.logoutEverywhere()).toBe(2);
  expect(await worthOf(laptop)).toEqual(dead);
});

it("counts no session that was ended with everything as one that is ended once more", async () => {
  const phone = await server.signUp();
  await operator.set(phone.email, { roles: ["admin"] });
  expect((await endAll()).revokedCount).toBe(2);
  admin = { ...admin, client: await admin.client.login() };
  const again = await phone.login();
  const answer = await again.request(EndAllSessionsDocument, { confirm: databaseOf(server) });
  expect(answer.data?.endAllSessions.revokedCount).toBe(2);
  expect(await worthOf(again)).toEqual(dead);
});

it("ends by a date the sessions whose newest token was issued before, and of the others the older tokens", async () => {
  const [phone, laptop] = [await server.signUp(), await server.signUp()];
  const older = laptop.accessToken;
  const date = new Date(issuedAt(laptop) + 1);
  await vi.waitFor(async () => {
    await laptop.refresh();
    expect(issuedAt(laptop)).toBeGreaterThanOrEqual(date.getTime());
  });
  expect(await endAll(date)).toMatchObject({ outcome: "ok", revokedCount: 2 });
  expect(await worthOf(phone)).toEqual(dead);
  expect(await tryAccess(other.url, older)).toBe(refused("TOKEN_SUPERSEDED"));
  expect(await worthOf(laptop)).toEqual(alive);
  const again = await phone.login();
  expect(await listOf(again)).toEqual({ ids: [sessionIdOf(again)], totalCount: 1 });
});

it("never takes a date back", async () => {
  const phone = await server.signUp();
  expect((await endAll(new Date())).outcome).toBe("ok");
  admin = await becomeAdmin(server);
  expect((await endAll(new Date(0))).outcome).toBe("ok");
  expect(await worthOf(phone)).toEqual(dead);
});

it("issues no token before the date, whatever the database's clock says afterwards", async () => {
  const phone = await server.signUp();
  expect((await endAll(new Date())).outcome).toBe("ok");
  // as after a failover to a member whose clock is behind
  const ahead = new Date(Date.now() + 600_000);
  const system = operator.database.collection<{ _id: string }>("muster_system");
  await system.updateOne({ _id: "system" }, { $set: { tokensValidAfter: ahead } }, { writeConcern: { w: "majority" } });
  await vi.waitFor(async () => {
    const again = await phone.login();
    expect(issuedAt(again)).toBe(ahead.getTime());
    expect(await worthOf(again)).toEqual(alive);
    expect(await worthOf(await server.signUp())).toEqual(alive);
  });
});

it("cuts the connections on all instances, and says why", async () => {
  const [phone, stranger] = [await server.signUp(), await server.signUp()];
  const sockets = [await connect(server.url, phone.accessToken), await connect(other.url, stranger.accessToken)];
  await endAll();
  for (const socket of sockets) expect(await socket.closed).toEqual({ code: 4401, reason: "EVERYTHING_ENDED" });
});

it("cuts by a date only the connections of what it ends", async () => {
  const [phone, laptop] = [await server.signUp(), await server.signUp()];
  const date = new Date(issuedAt(laptop) + 1);
  await vi.waitFor(async () => {
    await laptop.refresh();
    expect(issuedAt(laptop)).toBeGreaterThanOrEqual(date.getTime());
  });
  const [ofPhone, ofLaptop] = [
    await connect(other.url, phone.accessToken),
    await connect(other.url, laptop.accessToken),
  ];
  await endAll(date);
  expect(await ofPhone.closed).toEqual({ code: 4401, reason: "EVERYTHING_ENDED" });
  expect((await ofLaptop.subscribe("{ me { email } }").next()).data).toEqual({ me: { email: laptop.email } });
});

it.each(["login", "verify"])(
  "leaves a login dead that has read before and writes after, held at: %s",
  async (place) => {
    const phone = await server.signUp();
    const held = barrier.hold(place, 1);
    const input = { email: phone.email, password: phone.password };
    const signingIn = send(server.url, LoginDocument, { input });
    await held.arrived;
    expect((await endAll()).outcome).toBe("ok");
    held.release();
    const { accessToken, refreshToken } = (await signingIn).data!.login;
    expect(await tryAccess(server.url, accessToken)).toBe(refused("SESSION_REVOKED"));
    expect(await tryAccess(other.url, accessToken)).toBe(refused("SESSION_REVOKED"));
    expect(await tryRefresh(other.url, refreshToken ?? null)).toBe(refused("REFRESH_INVALID"));
  },
);

it("leaves a refresh dead that has read before and writes after", async () => {
  const phone = await server.signUp();
  const held = barrier.hold("refresh", 1);
  const refreshing = send(server.url, RefreshDocument, { input: { refreshToken: phone.refreshToken } });
  await held.arrived;
  expect((await endAll()).outcome).toBe("ok");
  held.release();
  expect(outcomeOf(await refreshing)).toBe(refused("REFRESH_INVALID"));
  expect(await worthOf(phone)).toEqual(dead);
});

it("takes a session off the roll whose refresh has read before an ending by date and writes after", async () => {
  const phone = await server.signUp();
  const held = barrier.hold("refresh", 1);
  const refreshing = send(server.url, RefreshDocument, { input: { refreshToken: phone.refreshToken } });
  await held.arrived;
  expect((await endAll(new Date(issuedAt(phone) + 1))).outcome).toBe("ok");
  held.release();
  expect(outcomeOf(await refreshing)).toBe(refused("REFRESH_INVALID"));
  expect((await operator.userOf(phone.email)).sessions).toEqual([]);
  expect(await worthOf(phone)).toEqual(dead);
});

it("writes and waits each time, and keeps the document that says so alone", async () => {
  const system = () =>
    operator.database.collection<{ _id: string; rev: string }>("muster_system").findOne({ _id: "system" });
  await endAll();
  const first = await system();
  admin = { ...(await becomeAdmin(server)) };
  await endAll();
  const second = await system();
  expect(first).toMatchObject({ counter: 1, tokenSecret: expect.stringMatching(/^[\w-]{22}$/) });
  expect(second).toMatchObject({ counter: 2 });
  expect(second?.rev).not.toBe(first?.rev);
});
