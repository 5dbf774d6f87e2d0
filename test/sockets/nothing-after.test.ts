import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { startTestServer, type TestClient, type TestServer } from "../../src/testing/index.js";
import { until } from "../support/until.js";
import { type Embedding, startEmbedding } from "./embedding.js";
import { connectSocketIo } from "./game-client.js";
import { connect } from "./support.js";

const secret = randomBytes(32).toString("hex");
const rounds = 8;

let server: TestServer;
let embeddings: Embedding[] = [];
beforeAll(async () => {
  server = await startTestServer({ mongodbUri: inject("mongoUri"), settings: { jwtSecret: secret } });
  embeddings = await Promise.all([startEmbedding(server, { secret }), startEmbedding(server, { secret })]);
});
afterAll(async () => {
  for (const embedding of embeddings) await embedding.close();
  await server?.close();
});

/**
 * Publishes numbers on all instances, one after the other, until it is stopped. Not as fast as it goes: then answers would wait longer for
 * their turn than connections that live too long do.
 */
function publishing() {
  let published = 0;
  const timer = setInterval(() => {
    published++;
    for (const embedding of embeddings) embedding.publish(published);
  }, 2);
  return { published: () => published, stop: () => clearInterval(timer) };
}

/** Everything that this client listens to on all instances, as the numbers that it was told. */
async function listenEverywhere({ accessToken }: TestClient) {
  const told: number[][] = [];
  const ended: Promise<unknown>[] = [];
  for (const { url } of embeddings) {
    const socket = await connect(url, accessToken);
    for (const field of ["ticks", "openTicks"]) {
      const numbers: number[] = [];
      told.push(numbers);
      const { events } = socket.subscribe(`subscription { n: ${field} }`);
      events.push = (...added) => {
        for (const { data } of added) numbers.push(data?.n as number);
        return 0;
      };
    }
    const game = await connectSocketIo(url, accessToken);
    told.push(game.ticks);
    ended.push(socket.closed, game.ended);
  }
  await until(() => told.every((numbers) => numbers.length > 0));
  return { told, ended: Promise.all(ended) };
}

describe("what is published while a session ends", () => {
  const endings: [name: string, end: (victim: TestClient, sibling: TestClient) => Promise<unknown>][] = [
    ["logout", (victim) => victim.logout()],
    ["logoutOthers", (_, sibling) => sibling.logoutOthers()],
    ["logoutEverywhere", (victim) => victim.logoutEverywhere()],
    ["changePassword", (_, sibling) => sibling.changePassword({ newPassword: "another long sentence for tests" })],
  ];

  it.each(endings)("reaches none of its connections on any instance once %s has returned", async (_, end) => {
    const tick = publishing();
    try {
      for (let round = 0; round < rounds / endings.length; round++) {
        const victim = await server.signUp();
        const sibling = await victim.login();
        const bystander = await server.signUp();
        const dying = await listenEverywhere(victim);
        const living = await listenEverywhere(bystander);

        await end(victim, sibling);
        const last = tick.published();
        await dying.ended;
        await until(() => living.told.every((numbers) => numbers.at(-1)! > last + 20));
        for (const numbers of dying.told) expect(Math.max(...numbers)).toBeLessThanOrEqual(last);
      }
    } finally {
      tick.stop();
    }
  });
});
