import { randomBytes } from "node:crypto";
import mongoose from "mongoose";
import { afterAll, beforeAll, expect, inject, it, onTestFinished, vi } from "vitest";
import { createFeed, type FeedOptions } from "../../src/feed/feed.js";
import { systemTimers } from "../../src/feed/timers.js";
import { createChanges } from "../../src/store/changes.js";
import { createRegistry, registryCollection } from "../../src/store/registry.js";
import { newId } from "../../src/tokens/claims.js";

const database = `muster-registry-${randomBytes(6).toString("hex")}`;
let connection: mongoose.Connection;
beforeAll(async () => {
  connection = await mongoose.createConnection(inject("mongoUri"), { dbName: database }).asPromise();
});
afterAll(async () => {
  await connection.dropDatabase();
  await connection.close();
});

const registered = () => connection.db!.collection<{ _id: string }>(registryCollection);

function openFeed(replaced: Partial<FeedOptions> = {}) {
  const feed = createFeed({
    registry: createRegistry({ connection, database }),
    openChanges: createChanges({ connection, database, collection: "users" }),
    newId,
    leaseMs: 1_000,
    beatMs: 250,
    timers: systemTimers,
    ...replaced,
  });
  onTestFinished(() => feed.close());
  return feed;
}

const untilFresh = (feed: ReturnType<typeof openFeed>) =>
  vi.waitFor(() => expect(feed.freshForMs()).toBeGreaterThan(0), { timeout: 20_000, interval: 5 });

it("takes another name and forgets everything where its row has been removed", async () => {
  const feed = openFeed();
  let resets = 0;
  feed.listen({ onUser() {}, onReset: () => resets++ });
  feed.start();
  await untilFresh(feed);
  const before = { id: feed.instanceId(), resets };
  await registered().deleteOne({ _id: before.id });
  await vi.waitFor(() => expect(feed.instanceId()).not.toBe(before.id), { timeout: 20_000, interval: 5 });
  expect(resets).toBeGreaterThan(before.resets);
  expect(feed.freshForMs()).toBe(0);
  await untilFresh(feed);
  expect(await registered().countDocuments({ _id: feed.instanceId() })).toBe(1);
});

it("leaves no row behind, also where it is closed before the first one is written", async () => {
  const registry = createRegistry({ connection, database });
  let goOn = () => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const written: string[] = [];
  const feed = openFeed({
    registry: {
      ...registry,
      async register(row) {
        await held;
        const time = await registry.register(row);
        written.push(row.id);
        return time;
      },
    },
  });
  feed.start();
  await feed.close();
  goOn();
  await vi.waitFor(() => expect(written).toEqual([feed.instanceId()]), { timeout: 20_000 });
  await vi.waitFor(async () => expect(await registered().countDocuments({ _id: feed.instanceId() })).toBe(0), {
    timeout: 20_000,
  });
});

it("knows nothing once it is closed, and does not register again", async () => {
  const feed = openFeed();
  feed.start();
  await untilFresh(feed);
  await feed.close();
  expect(feed.freshForMs()).toBe(0);
  await expect(feed.barrier()).rejects.toMatchObject({ reason: "STORE_UNREACHABLE" });
  expect(await registered().countDocuments({ _id: feed.instanceId() })).toBe(0);
});

it("follows one stream, however often it is started", async () => {
  const open = createChanges({ connection, database, collection: "users" });
  let opened = 0;
  const feed = openFeed({
    openChanges(id) {
      opened++;
      return open(id);
    },
  });
  feed.start();
  feed.start();
  await untilFresh(feed);
  expect(opened).toBe(1);
});

it("tries again where a stream can't even be made", async () => {
  const open = createChanges({ connection, database, collection: "users" });
  let opened = 0;
  const errors: unknown[] = [];
  const feed = openFeed({
    openChanges(id) {
      if (opened++ === 0) throw new Error("there is no connection");
      return open(id);
    },
    onError: (error) => errors.push(error),
  });
  feed.start();
  await untilFresh(feed);
  expect(errors).toMatchObject([{ message: "there is no connection" }]);
});
