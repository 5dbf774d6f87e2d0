import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { startTestServer, type TestServer } from "../../src/testing/index.js";
import { until } from "../support/until.js";
import { type Embedding, startEmbedding } from "./embedding.js";
import { connectSocketIo } from "./game-client.js";
import { connect, roundTrip } from "./support.js";

const secret = randomBytes(32).toString("hex");

let server: TestServer;
let embedding: Embedding;
beforeAll(async () => {
  const settings = { jwtSecret: secret, authStateMode: "read-through" } as const;
  server = await startTestServer({ mongodbUri: inject("mongoUri"), settings });
  embedding = await startEmbedding(server, { secret, authStateMode: "read-through" });
});
afterAll(async () => {
  await embedding?.close();
  await server?.close();
});

describe("where no feed tells of changes", () => {
  it("what this instance ends is cut before it answers", async () => {
    const client = await server.signUp();
    const laptop = await client.login();
    const [dying, living] = [
      await connect(server.url, laptop.accessToken),
      await connect(server.url, client.accessToken),
    ];
    await client.logoutOthers();
    expect(server.muster.status().connections.cut).toEqual({ LOGGED_OUT_OTHERS: 1 });
    expect(await dying.closed).toEqual({ code: 4401, reason: "LOGGED_OUT_OTHERS" });
    await roundTrip(living);
  });

  it("what another one ends is told nothing more, and is cut at the next event", async () => {
    const client = await server.signUp();
    const socket = await connect(embedding.url, client.accessToken);
    const game = await connectSocketIo(embedding.url, client.accessToken);
    const ticks = socket.subscribe("subscription { ticks }");
    await until(() => {
      embedding.publish(1);
      return ticks.events.length > 0 && game.ticks.length > 0;
    });
    await roundTrip(socket);

    await client.logout();
    const before = [ticks.events.length, game.ticks.length];
    embedding.publish(2);
    expect(await socket.closed).toEqual({ code: 4401, reason: "LOGGED_OUT" });
    expect((await game.ended).told).toEqual({ code: 4401, reason: "LOGGED_OUT" });
    expect([ticks.events.length, game.ticks.length]).toEqual(before);
  });

  it("an idle connection is cut within some seconds", async () => {
    const client = await server.signUp();
    const socket = await connect(embedding.url, client.accessToken);
    await client.logout();
    expect(await socket.closed).toEqual({ code: 4401, reason: "LOGGED_OUT" });
  });

  it("sessions are told of all the same", async () => {
    const client = await server.signUp();
    const socket = await connect(embedding.url, client.accessToken);
    const news = socket.subscribe("subscription { mySessionsChanged { kind sessionId } }");
    await until(async () => {
      await (await client.login()).logout();
      return news.events.length > 0;
    });
    expect(news.events[0]?.data).toMatchObject({ mySessionsChanged: { kind: expect.stringMatching(/added|ended/) } });
  });
});
