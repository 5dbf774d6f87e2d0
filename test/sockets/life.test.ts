import { setTimeout as delay } from "node:timers/promises";
import { print } from "graphql";
import { createClient as createStockClient } from "graphql-ws";
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import WebSocket from "ws";
import { LoginDocument, startTestServer, type TestClient, type TestServer } from "../../src/testing/index.js";
import { openOperator } from "../support/operator.js";
import { until } from "../support/until.js";
import { type Closed, connect, openSocket, refusalOf, roundTrip, type TestSocket } from "./support.js";

let server: TestServer;
let other: TestServer;
beforeAll(async () => {
  server = await startTestServer({ mongodbUri: inject("mongoUri") });
  other = await startTestServer({ joins: server });
});
afterAll(async () => {
  await other?.close();
  await server?.close();
});

const tenMinutes = 600_000;
const bearer = (token: string) => ({ type: "ping", payload: { authorization: `Bearer ${token}` } });

describe("a connection", () => {
  it("lives past its first token, with its subscriptions, where a newer one is shown in a ping", async () => {
    const client = await server.signUp();
    const socket = await connect(other.url, client.accessToken);
    const news = await listen(socket, client);
    server.clock.advance(tenMinutes);
    await client.refresh();
    await socket.renew(client.accessToken);
    server.clock.advance(tenMinutes);
    await client.login();
    expect((await news.next()).data).toMatchObject({ mySessionsChanged: { kind: "added" } });
    server.clock.advance(tenMinutes);
    expect(await socket.closed).toEqual({ code: 4403, reason: "TOKEN_EXPIRED" });
  });

  it("belongs to its session: it lives on when its token is replaced by a change of the password", async () => {
    const client = await server.signUp();
    const old = client.accessToken;
    const socket = await connect(other.url, old);
    await client.changePassword({ newPassword: "another long sentence for tests" });
    const { data } = await socket.subscribe("{ me { email } }").next();
    expect(data).toEqual({ me: { email: client.email } });
    // but the token itself opens nothing any more
    expect(await refusalOf(other.url, old)).toEqual({ code: 4403, reason: "TOKEN_SUPERSEDED" });
  });

  it("does not act for its user with a token that was replaced, until it is shown the new one", async () => {
    const client = await server.signUp();
    const socket = await connect(other.url, client.accessToken);
    await client.changePassword({ newPassword: "another long sentence for tests" });
    const refused = await socket.subscribe("mutation { logoutOthers { revokedCount } }").next();
    expect(refused.errors?.[0]?.extensions).toMatchObject({ code: "UNAUTHENTICATED", reason: "TOKEN_SUPERSEDED" });
    await socket.renew(client.accessToken);
    const { data } = await socket.subscribe("mutation { logoutOthers { revokedCount } }").next();
    expect(data).toEqual({ logoutOthers: { revokedCount: 0 } });
  });

  it("keeps the newest of the tokens it was shown, whatever comes after", async () => {
    const client = await server.signUp();
    const first = client.accessToken;
    const socket = await connect(server.url, first);
    server.clock.advance(tenMinutes);
    await client.refresh();
    await socket.renew(client.accessToken);
    await socket.renew(first);
    server.clock.advance(tenMinutes);
    await roundTrip(socket);
    const { data } = await socket.subscribe("{ me { email } }").next();
    expect(data).toEqual({ me: { email: client.email } });
  });

  const renewals: [what: string, token: (own: TestClient) => Promise<string>, code: number, reason: string][] = [
    ["of another user", async () => (await server.signUp()).accessToken, 4401, "SESSION_MISMATCH"],
    ["of another session", async (own) => (await own.login()).accessToken, 4401, "SESSION_MISMATCH"],
    ["that is none", async () => "none", 4401, "TOKEN_INVALID"],
    ["that is not signed by us", async (own) => own.accessToken.replace(/.{8}$/, "AAAAAAAA"), 4401, "TOKEN_INVALID"],
  ];
  it.each(renewals)("ends when it is shown a token %s", async (_, token, code, reason) => {
    const client = await server.signUp();
    const socket = await connect(other.url, client.accessToken);
    socket.send(bearer(await token(client)));
    expect(await socket.closed).toEqual({ code, reason });
    expect((await client.me()).status).toBe(200);
  });

  it("ends with 4403 when it is shown a token that has run out", async () => {
    const client = await server.signUp();
    const old = client.accessToken;
    server.clock.advance(2 * tenMinutes);
    await client.refresh();
    const socket = await connect(other.url, client.accessToken);
    socket.send(bearer(old));
    expect(await socket.closed).toEqual({ code: 4403, reason: "TOKEN_EXPIRED" });
  });

  it("without a token stays anonymous: it asks what is public, and is shown no token later", async () => {
    const client = await server.signUp();
    const socket = await connect(other.url);
    const refused = await socket.subscribe("{ me { id } }").next();
    expect(refused.errors?.[0]?.extensions).toEqual({ code: "UNAUTHENTICATED", reason: "TOKEN_MISSING" });
    const listening = await socket.subscribe("subscription { sessionEnded { reason } }").next();
    expect(listening.errors?.[0]?.extensions).toEqual({ code: "UNAUTHENTICATED", reason: "TOKEN_MISSING" });
    socket.send(bearer(client.accessToken));
    expect(await socket.closed).toEqual({ code: 4401, reason: "SESSION_MISMATCH" });
  });

  it("without a token signs in, and gets its tokens in the answer", async () => {
    const client = await server.signUp();
    const socket = await connect(other.url);
    const { email, password } = client;
    const { data } = await socket.subscribe(print(LoginDocument), { input: { email, password } }).next();
    const { accessToken } = (data as { login: { accessToken: string } }).login;
    const signedIn = await connect(server.url, accessToken);
    expect((await signedIn.subscribe("{ me { email } }").next()).data).toEqual({ me: { email } });
  });

  it("that logs out ends", async () => {
    const client = await server.signUp();
    const socket = await connect(other.url, client.accessToken);
    socket.subscribe("mutation { logout { revokedCount } }");
    expect(await socket.closed).toEqual({ code: 4401, reason: "LOGGED_OUT" });
    expect(await client.me()).toMatchObject({ status: 401, reason: "SESSION_REVOKED" });
  });

  it("that ends the other sessions is answered and lives on", async () => {
    const client = await server.signUp();
    const laptop = await client.login();
    const [socket, dying] = [
      await connect(other.url, client.accessToken),
      await connect(server.url, laptop.accessToken),
    ];
    const { data } = await socket.subscribe("mutation { logoutOthers { revokedCount } }").next();
    expect(data).toEqual({ logoutOthers: { revokedCount: 1 } });
    expect(await dying.closed).toEqual({ code: 4401, reason: "LOGGED_OUT_OTHERS" });
    await roundTrip(socket);
  });

  it("takes the token from the request's header where its first message has none", async () => {
    const client = await server.signUp();
    const socket = await openSocket(other.url, { headers: { authorization: `Bearer ${client.accessToken}` } });
    const ack = socket.receive("connection_ack");
    socket.send({ type: "connection_init" });
    await ack;
    expect((await socket.subscribe("{ me { email } }").next()).data).toEqual({ me: { email: client.email } });
  });

  const offers: [what: string, payload: object][] = [
    ["without the word Bearer", { authorization: "ey.ey.ey" }],
    ["of another scheme", { authorization: "Basic YTpi" }],
    ["that is empty after the word", { authorization: "Bearer" }],
    ["that is no text", { authorization: { token: "a" } }],
    ["that is a list", { authorization: ["Bearer a.b.c"] }],
    ["twice, in two spellings", { authorization: "Bearer a.b.c", Authorization: "Bearer a.b.c" }],
    ["of the browser's null", { Authorization: "Bearer null" }],
  ];
  it.each(offers)("is never anonymous where a token is offered %s", async (_, payload) => {
    const socket = await openSocket(server.url);
    socket.send({ type: "connection_init", payload });
    expect(await socket.closed).toEqual({ code: 4401, reason: "TOKEN_INVALID" });
  });

  it("is anonymous where the token is null or empty", async () => {
    for (const authorization of [null, ""]) {
      const socket = await openSocket(server.url);
      const ack = socket.receive("connection_ack");
      socket.send({ type: "connection_init", payload: { authorization } });
      await ack;
      socket.terminate();
    }
  });
});

describe("what is told over a connection", () => {
  it("is told with the roles of that moment", async () => {
    const operator = await openOperator(server.mongodbUri);
    onTestFinished(() => operator.close());
    const client = await server.signUp();
    const socket = await connect(other.url, client.accessToken);
    const ask = async () => (await socket.subscribe("{ revocation { mode } }").next()).errors?.[0]?.extensions?.reason;
    expect(await ask()).toBe("ROLE_MISSING");
    await server.grantRole(client.email, "admin");
    expect(await ask()).toBeUndefined();
    await operator.set(client.email, { roles: [] });
    await until(async () => (await ask()) === "ROLE_MISSING");
  });

  it("is at last that the session has ended, in the form that was asked for", async () => {
    const client = await server.signUp();
    const sockets = await Promise.all([server, other].map(({ url }) => connect(url, client.accessToken)));
    const query =
      "subscription { end: sessionEnded { ...e ... on SessionEnded { why: reason } } } fragment e on SessionEnded { sessionId }";
    const told = sockets.map((socket) => socket.subscribe(query));
    await Promise.all(sockets.map(roundTrip));
    await client.logoutEverywhere();
    for (const [index, socket] of sockets.entries()) {
      expect(await socket.closed).toEqual({ code: 4401, reason: "LOGGED_OUT_EVERYWHERE" });
      const { id: sessionId } = client.credentials.session;
      expect(told[index]?.events).toEqual([{ data: { end: { sessionId, why: "LOGGED_OUT_EVERYWHERE" } } }]);
    }
    expect(await refusalOf(other.url, client.accessToken)).toEqual({ code: 4401, reason: "LOGGED_OUT_EVERYWHERE" });
  });

  it("is not that the session has ended, where only the token has", async () => {
    const client = await server.signUp();
    const socket = await connect(other.url, client.accessToken);
    const { events } = socket.subscribe("subscription { sessionEnded { reason } }");
    await roundTrip(socket);
    server.clock.advance(2 * tenMinutes);
    expect(await socket.closed).toEqual({ code: 4403, reason: "TOKEN_EXPIRED" });
    expect(events).toEqual([]);
  });

  it("is the news of sessions on any instance: each once, those ended by hand too", async () => {
    const operator = await openOperator(server.mongodbUri);
    onTestFinished(() => operator.close());
    const client = await server.signUp();
    const socket = await connect(other.url, client.accessToken);
    expect(await countStreams(operator)).toBe(0);
    const news = await listen(socket, client);
    const before = news.events.length;
    expect(await countStreams(operator)).toBe(1);

    const told = async () => (await news.next()).data?.mySessionsChanged;
    const phone = await client.login();
    expect(await told()).toEqual({ kind: "added", sessionId: phone.credentials.session.id });
    const laptop = await client.login({ url: other.url });
    expect(await told()).toEqual({ kind: "added", sessionId: laptop.credentials.session.id });
    await phone.refresh();
    await phone.logout();
    expect(await told()).toEqual({ kind: "ended", sessionId: phone.credentials.session.id });
    const { id } = laptop.credentials.session;
    const users = operator.database.collection("users");
    await users.updateOne({ email: client.email }, { $pull: { sessions: { id } } } as object);
    expect(await told()).toEqual({ kind: "ended", sessionId: id });

    // and the stream of logins is open only while somebody listens
    news.complete();
    await until(async () => (await countStreams(operator)) === 0);
    expect(news.events).toHaveLength(before + 4);
  });

  it("is of one's own sessions alone", async () => {
    const [client, stranger] = [await server.signUp(), await server.signUp()];
    const socket = await connect(other.url, client.accessToken);
    const news = await listen(socket, client);
    const endings = socket.subscribe("subscription { sessionEnded { sessionId } }");
    const phone = await stranger.login();
    await phone.logout();
    const laptop = await client.login();
    expect((await news.next()).data).toEqual({
      mySessionsChanged: { kind: "added", sessionId: laptop.credentials.session.id },
    });
    await laptop.logout();
    expect((await news.next()).data).toMatchObject({ mySessionsChanged: { kind: "ended" } });
    expect(endings.events).toEqual([]);
  });
});

/**
 * Subscribes to the news of this client's sessions, and waits until they are told. There is no answer that says so: sessions begin until one
 * of them is told.
 */
async function listen(socket: TestSocket, client: TestClient) {
  const news = socket.subscribe("subscription { mySessionsChanged { kind sessionId } }");
  const begun: string[] = [];
  while (news.events.length === 0) {
    begun.push((await client.login()).credentials.session.id);
    await roundTrip(socket);
    await delay(10);
  }
  for (let last = ""; last !== begun.at(-1); ) {
    const { data } = await news.next();
    last = (data as { mySessionsChanged: { sessionId: string } }).mySessionsChanged.sessionId;
  }
  return news;
}

/** The change streams of the users alone: the feed of an instance is one of the whole database. */
async function countStreams({ database }: Awaited<ReturnType<typeof openOperator>>): Promise<number> {
  const cursors = await database.admin().command({
    aggregate: 1,
    pipeline: [
      { $currentOp: { allUsers: true, idleCursors: true } },
      { $match: { ns: `${database.databaseName}.users`, $or: [{ type: "idleCursor" }, { op: "getmore" }] } },
      { $project: { _id: 1 } },
    ],
    cursor: {},
  });
  return cursors.cursor.firstBatch.length;
}

describe("the stock client of graphql-ws", () => {
  /** Its token is whatever `client` has when it connects. */
  function stock(client: TestClient) {
    let connects = 0;
    const codes: number[] = [];
    const stockClient = createStockClient({
      url: other.url.replace(/^http/, "ws"),
      webSocketImpl: WebSocket,
      retryWait: async () => {},
      async connectionParams() {
        if (connects++ > 0 && codes.at(-1) === 4403) await client.refresh();
        return { authorization: `Bearer ${client.accessToken}` };
      },
      on: { closed: (event) => codes.push((event as Closed).code) },
    });
    onTestFinished(() => void stockClient.dispose());
    return { stockClient, codes, connects: () => connects };
  }

  it("gives up for good on 4401, and tells its subscriber the reason", async () => {
    const client = await server.signUp();
    const { stockClient, connects } = stock(client);
    const connected = new Promise((resolve) => stockClient.on("connected", resolve));
    const over = new Promise((resolve) =>
      stockClient.subscribe(
        { query: "subscription { mySessionsChanged { kind } }" },
        { next() {}, complete: () => resolve("complete"), error: resolve },
      ),
    );
    await connected;
    await client.logoutEverywhere();
    expect(await over).toMatchObject({ code: 4401, reason: "LOGGED_OUT_EVERYWHERE" });
    expect(connects()).toBe(1);
  });

  it("comes back from 4403 with a new token, and its subscriptions go on", async () => {
    const client = await server.signUp();
    const { stockClient, codes } = stock(client);
    const acknowledged: unknown[] = [];
    stockClient.on("connected", (socket) => acknowledged.push(socket));
    const kinds: unknown[] = [];
    stockClient.subscribe<{ mySessionsChanged: { kind: string } }>(
      { query: "subscription { mySessionsChanged { kind } }" },
      { next: ({ data }) => kinds.push(data?.mySessionsChanged.kind), complete() {}, error() {} },
    );
    await until(() => acknowledged.length === 1);
    server.clock.advance(2 * tenMinutes);
    await until(() => acknowledged.length === 2);
    expect(codes).toEqual([4403]);
    await until(() => other.muster.status().connections.open > 0);
    await until(async () => {
      await client.login();
      return kinds.length > 0;
    });
    expect(kinds[0]).toBe("added");
  });

  it("comes back from 1001, when a server stops", async () => {
    const leaving = await startTestServer({ joins: server });
    const client = await server.signUp();
    const urls = [leaving.url, other.url];
    const stockClient = createStockClient({
      url: () => (urls.shift() ?? other.url).replace(/^http/, "ws"),
      webSocketImpl: WebSocket,
      retryWait: async () => {},
      connectionParams: () => ({ authorization: `Bearer ${client.accessToken}` }),
    });
    onTestFinished(() => void stockClient.dispose());
    const codes: number[] = [];
    stockClient.on("closed", (event) => codes.push((event as Closed).code));
    let connects = 0;
    stockClient.on("connected", () => connects++);
    stockClient.subscribe(
      { query: "subscription { mySessionsChanged { kind } }" },
      { next() {}, complete() {}, error() {} },
    );
    await until(() => connects === 1);
    await leaving.close();
    await until(() => connects === 2);
    expect(codes).toEqual([1001]);
  });
});
