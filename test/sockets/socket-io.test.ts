import { randomBytes } from "node:crypto";
import { Server } from "socket.io";
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import WebSocket from "ws";
import { protectSocketIo } from "../../src/sockets/socket-io.js";
import { startTestServer, type TestClient, type TestServer } from "../../src/testing/index.js";
import { openOperator } from "../support/operator.js";
import { until } from "../support/until.js";
import { type Embedding, startEmbedding } from "./embedding.js";
import { connectSocketIo } from "./game-client.js";

const secret = randomBytes(32).toString("hex");
const tenMinutes = 600_000;

let server: TestServer;
let embedding: Embedding;
beforeAll(async () => {
  server = await startTestServer({ mongodbUri: inject("mongoUri"), settings: { jwtSecret: secret } });
  embedding = await startEmbedding(server, {
    secret,
    socketsPerSession: 3,
    socketIo: { connectionStateRecovery: { skipMiddlewares: false } },
  });
});
afterAll(async () => {
  await embedding?.close();
  await server?.close();
});

/** What a client that is turned away is told. */
const refusal = async (connecting: Promise<unknown>) =>
  ((await connecting.catch((error) => error)) as { data?: unknown }).data;

describe("a connection of socket.io", () => {
  it.each(["websocket", "polling"])("over %s is its session's, and ends with it", async (transport) => {
    const client = await server.signUp();
    const laptop = await client.login();
    const [dying, living] = await Promise.all(
      [laptop, client].map(({ accessToken }) =>
        connectSocketIo(embedding.url, accessToken, { transports: [transport as "websocket"] }),
      ),
    );
    expect(await dying!.socket.emitWithAck("whoAmI")).toMatchObject({
      userId: client.credentials.user.id,
      sessionId: laptop.credentials.session.id,
    });
    await client.logoutOthers();
    expect(await dying!.ended).toEqual({
      told: { code: 4401, reason: "LOGGED_OUT_OTHERS" },
      disconnected: "io server disconnect",
    });
    expect(await living!.socket.emitWithAck("whoAmI")).toMatchObject({ sessionId: client.credentials.session.id });
  });

  it("takes the token as auth.token and from the header as well", async () => {
    const client = await server.signUp();
    const { accessToken } = client;
    await connectSocketIo(embedding.url, null, { auth: { token: accessToken } });
    const headers = { authorization: `Bearer ${accessToken}` };
    const { socket } = await connectSocketIo(embedding.url, null, { extraHeaders: headers });
    expect(await socket.emitWithAck("whoAmI")).toMatchObject({ userId: client.credentials.user.id });
  });

  it("is refused with the reason: no token, a bad one, one of an ended session, too many", async () => {
    const client = await server.signUp();
    expect(await refusal(connectSocketIo(embedding.url, null))).toEqual({ code: 4401, reason: "TOKEN_MISSING" });
    expect(await refusal(connectSocketIo(embedding.url, "none"))).toEqual({ code: 4401, reason: "TOKEN_INVALID" });
    expect(await refusal(connectSocketIo(embedding.url, null, { auth: { token: { a: 1 } } }))).toEqual({
      code: 4401,
      reason: "TOKEN_INVALID",
    });
    for (let count = 0; count < 3; count++) await connectSocketIo(embedding.url, client.accessToken);
    expect(await refusal(connectSocketIo(embedding.url, client.accessToken))).toEqual({
      code: 4429,
      reason: "TOO_MANY_CONNECTIONS",
    });
    await client.logout();
    expect(await refusal(connectSocketIo(embedding.url, client.accessToken))).toEqual({
      code: 4401,
      reason: "LOGGED_OUT",
    });
  });

  it("is refused from an origin that is not listed", async () => {
    const client = await server.signUp();
    const from = (origin: string) => connectSocketIo(embedding.url, client.accessToken, { extraHeaders: { origin } });
    expect(await refusal(from("https://evil.example"))).toEqual({ code: 4401, reason: "ORIGIN_NOT_ALLOWED" });
    await from(new URL(embedding.url).origin);
  });

  it("handles each event with the roles of that moment", async () => {
    const operator = await openOperator(server.mongodbUri);
    onTestFinished(() => operator.close());
    const client = await server.signUp();
    const { socket } = await connectSocketIo(embedding.url, client.accessToken);
    const roles = async () => (await socket.emitWithAck("whoAmI")).roles;
    expect(await roles()).toEqual([]);
    await server.grantRole(client.email, "captain");
    expect(await roles()).toEqual(["captain"]);
    await operator.set(client.email, { roles: [] });
    await until(async () => (await roles()).length === 0);
  });

  it("handles events in their order, where some had to wait", async () => {
    const client = await server.signUp();
    const { socket } = await connectSocketIo(embedding.url, client.accessToken);
    const seen: number[] = [];
    const [own] = [...embedding.io.sockets.sockets.values()].slice(-1);
    own!.on("move", (n) => seen.push(n));
    for (let n = 0; n < 50; n++) {
      socket.emit("move", n);
      if (n === 10) void client.login().then((other) => other.logout());
    }
    await until(() => seen.length === 50);
    expect(seen).toEqual(seen.map((_, index) => index));
  });

  it("lives on where it shows a newer token, and ends where that is another session's", async () => {
    const client = await server.signUp();
    const game = await connectSocketIo(embedding.url, client.accessToken);
    server.clock.advance(tenMinutes);
    await client.refresh();
    await game.socket.emitWithAck("session_renew", { authorization: `Bearer ${client.accessToken}` });
    server.clock.advance(tenMinutes);
    expect(await game.socket.emitWithAck("whoAmI")).toMatchObject({ userId: client.credentials.user.id });

    const stranger = await server.signUp();
    game.socket.emit("session_renew", { authorization: `Bearer ${stranger.accessToken}` });
    expect((await game.ended).told).toEqual({ code: 4401, reason: "SESSION_MISMATCH" });
  });

  it("ends with 4403 when its token has run out", async () => {
    const client = await server.signUp();
    const game = await connectSocketIo(embedding.url, client.accessToken);
    server.clock.advance(2 * tenMinutes);
    expect((await game.ended).told).toEqual({ code: 4403, reason: "TOKEN_EXPIRED" });
  });

  it("carries the namespaces of one session only, and protects those that are made later", async () => {
    const client = await server.signUp();
    const stranger = await server.signUp();
    const { socket, ended } = await connectSocketIo(embedding.url, client.accessToken);
    embedding.io.of("/late").on("connection", (own) => own.on("whoAmI", (answer) => answer(own.data.principal)));
    const late = socket.io.socket("/late", { auth: { token: stranger.accessToken } });
    const refused = new Promise((resolve) => late.once("connect_error", resolve));
    late.connect();
    expect(await refused).toMatchObject({ data: { code: 4401, reason: "SESSION_MISMATCH" } });
    late.auth = { token: client.accessToken };
    late.connect();
    expect(await late.emitWithAck("whoAmI")).toMatchObject({ userId: client.credentials.user.id });
    const gone = new Promise((resolve) => late.once("disconnect", resolve));
    await client.logout();
    await gone;
    expect((await ended).told).toEqual({ code: 4401, reason: "LOGGED_OUT" });
  });
});

/** A client of engine.io that shows every packet: the stock client keeps those to itself that come before it is let in. */
async function openRaw(url: string, auth: object) {
  const ws = new WebSocket(`${new URL(url).origin.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
  onTestFinished(() => ws.terminate());
  const packets: string[] = [];
  ws.on("message", (data) => {
    const packet = String(data);
    if (packet.startsWith("0")) ws.send(`40${JSON.stringify(auth)}`);
    else if (packet === "2") ws.send("3");
    else packets.push(packet);
  });
  await until(() => packets.some((packet) => /^4[04]/.test(packet)));
  return { packets, lose: () => ws.terminate() };
}

describe("a connection that was lost", () => {
  /** Loses a connection that has been told something, after which something was missed. */
  async function lose(client: TestClient) {
    const auth = { token: client.accessToken };
    const first = await openRaw(embedding.url, auth);
    const { pid } = JSON.parse(first.packets[0]!.slice(2)) as { pid: string };
    embedding.publish(1);
    await until(() => first.packets.some((packet) => packet.startsWith("42")));
    const [, , offset] = JSON.parse(first.packets.at(-1)!.slice(2)) as [string, number, string];
    const open = embedding.io.sockets.sockets.size;
    first.lose();
    await until(() => embedding.io.sockets.sockets.size < open);
    embedding.publish(2);
    return (shown: object) => openRaw(embedding.url, { ...shown, pid, offset });
  }
  const missed = ({ packets }: { packets: string[] }) => packets.filter((packet) => packet.startsWith('42["tick",2'));

  it("gets what it missed, while its session lives", async () => {
    const client = await server.signUp();
    const back = await (await lose(client))({ token: client.accessToken });
    await until(() => missed(back).length === 1);
  });

  it("gets nothing of what it missed when its session has ended", async () => {
    const client = await server.signUp();
    const comeBack = await lose(client);
    await client.logoutEverywhere();
    const back = await comeBack({ token: client.accessToken });
    expect(back.packets).toEqual([
      '44{"message":"LOGGED_OUT_EVERYWHERE","data":{"code":4401,"reason":"LOGGED_OUT_EVERYWHERE"}}',
    ]);
  });

  it("gets what it missed where it shows a newer token of its session", async () => {
    const client = await server.signUp();
    const comeBack = await lose(client);
    server.clock.advance(2 * tenMinutes);
    expect((await comeBack({ token: client.accessToken })).packets).toEqual([
      '44{"message":"TOKEN_EXPIRED","data":{"code":4403,"reason":"TOKEN_EXPIRED"}}',
    ]);
    await client.refresh();
    const back = await comeBack({ token: client.accessToken });
    await until(() => missed(back).length === 1);
  });

  it("is nobody else's, though they know its name", async () => {
    const client = await server.signUp();
    const stranger = await server.signUp();
    const comeBack = await lose(client);
    const refused = (reason: string) => [`44{"message":"${reason}","data":{"code":4401,"reason":"${reason}"}}`];
    expect((await comeBack({ token: stranger.accessToken })).packets).toEqual(refused("SESSION_MISMATCH"));
    const laptop = await client.login();
    expect((await comeBack({ token: laptop.accessToken })).packets).toEqual(refused("SESSION_MISMATCH"));
    expect((await comeBack({})).packets).toEqual(refused("TOKEN_MISSING"));
    await until(async () => missed(await comeBack({ token: client.accessToken })).length === 1);
  });

  it("would be let in unseen by socket.io's own defaults, which are refused", () => {
    const io = new Server({ connectionStateRecovery: {} });
    expect(() => protectSocketIo(embedding.muster, io)).toThrow(TypeError);
    expect(() => protectSocketIo({} as never, new Server())).toThrow("createMuster");
  });
});
