import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { startTestServer, type TestServer } from "../../src/testing/index.js";
import { connect, refusalOf, roundTrip } from "./support.js";

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

describe("a socket", () => {
  it("answers queries", async () => {
    const client = await server.signUp();
    const socket = await connect(other.url, client.accessToken);
    const { data } = await socket.subscribe("{ me { email } }").next();
    expect(data).toEqual({ me: { email: client.email } });
  });

  it("is closed with 4401 on every instance", async () => {
    const client = await server.signUp();
    const sockets = await Promise.all([
      connect(other.url, client.accessToken),
      connect(server.url, client.accessToken),
    ]);
    const told = sockets.map((socket) =>
      socket.subscribe("subscription { a: sessionEnded { sessionId why: reason } }"),
    );
    await Promise.all(sockets.map(roundTrip));
    await client.logoutEverywhere();
    for (const [index, socket] of sockets.entries()) {
      expect(await socket.closed).toEqual({ code: 4401, reason: "LOGGED_OUT_EVERYWHERE" });
      expect(told[index]!.events).toEqual([
        { data: { a: { sessionId: client.credentials.session.id, why: "LOGGED_OUT_EVERYWHERE" } } },
      ]);
    }
    expect(await refusalOf(other.url, client.accessToken)).toEqual({ code: 4401, reason: "LOGGED_OUT_EVERYWHERE" });
  });

  it("tells of new sessions", async () => {
    const client = await server.signUp();
    const socket = await connect(other.url, client.accessToken);
    const news = socket.subscribe("subscription { mySessionsChanged { kind sessionId } }");
    await roundTrip(socket);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const laptop = await client.login();
    expect(await news.next()).toEqual({
      data: { mySessionsChanged: { kind: "added", sessionId: laptop.credentials.session.id } },
    });
    await laptop.logout();
    expect(await news.next()).toEqual({
      data: { mySessionsChanged: { kind: "ended", sessionId: laptop.credentials.session.id } },
    });
  });
});
