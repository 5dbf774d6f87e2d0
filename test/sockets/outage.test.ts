import { randomBytes } from "node:crypto";
import { expect, it, onTestFinished } from "vitest";
import { startTestServer } from "../../src/testing/index.js";
import { startMongod } from "../support/mongod.js";
import { until } from "../support/until.js";
import { startEmbedding } from "./embedding.js";
import { connectSocketIo } from "./game-client.js";
import { connect, roundTrip } from "./support.js";

it("holds back what nobody may be known to have a right to: delivered when that is known again, closed with 1013 after 5 seconds", async () => {
  const mongod = await startMongod(onTestFinished);
  const secret = randomBytes(32).toString("hex");
  const server = await startTestServer({ mongodbUri: mongod.uri, settings: { jwtSecret: secret } });
  onTestFinished(() => server.close());
  const embedding = await startEmbedding(server, { secret });
  onTestFinished(() => embedding.close());
  const isFresh = () => embedding.muster.status().freshForMs > 0;

  const client = await server.signUp();
  const socket = await connect(embedding.url, client.accessToken);
  const game = await connectSocketIo(embedding.url, client.accessToken);
  const anonymous = await connect(embedding.url);
  const ticks = socket.subscribe("subscription { ticks }");
  const openTicks = anonymous.subscribe("subscription { openTicks }");
  await until(() => {
    embedding.publish(1);
    return ticks.events.length > 0 && game.ticks.length > 0 && openTicks.events.length > 0;
  });
  await roundTrip(socket);

  mongod.signal("SIGSTOP");
  await until(() => !isFresh());
  const before = [ticks.events.length, game.ticks.length];
  embedding.publish(2);
  await roundTrip(socket);
  expect([ticks.events.length, game.ticks.length]).toEqual(before);
  // nobody's rights are asked for what is for everybody
  expect(openTicks.events.at(-1)?.data).toEqual({ openTicks: 2 });
  mongod.signal("SIGCONT");
  await until(() => ticks.events.at(-1)?.data?.ticks === 2 && game.ticks.at(-1) === 2);
  await until(isFresh);

  mongod.signal("SIGSTOP");
  await until(() => !isFresh());
  const began = performance.now();
  embedding.publish(3);
  const late = connect(embedding.url, client.accessToken);
  late.catch(() => {});
  expect(await socket.closed).toEqual({ code: 1013, reason: "STORE_UNREACHABLE" });
  expect(performance.now() - began).toBeGreaterThan(4_900);
  // the stock client comes back from this by itself
  expect(await game.ended).toEqual({ told: null, disconnected: "transport close" });
  await expect(late).rejects.toThrow("closed with 1013 STORE_UNREACHABLE");
  expect([ticks.events.at(-1)?.data?.ticks, game.ticks.at(-1)]).toEqual([2, 2]);

  mongod.signal("SIGCONT");
  await until(isFresh);
  await until(() => game.socket.connected);
  const back = await connect(embedding.url, client.accessToken);
  expect((await back.subscribe("{ me { email } }").next()).data).toEqual({ me: { email: client.email } });
});
