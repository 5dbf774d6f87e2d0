import { randomBytes } from "node:crypto";
import mongoose from "mongoose";
import { afterAll, beforeAll, expect, inject, it, onTestFinished } from "vitest";
import { systemClock } from "../../src/clock.js";
import { pipelineOf } from "../../src/sessions/change.js";
import { createRoll } from "../../src/sessions/roll.js";
import { defaultSessionRules } from "../../src/sessions/rules.js";
import { type Change, createChanges } from "../../src/store/changes.js";
import { createUserStore } from "../../src/store/users.js";
import { startMongod } from "../support/mongod.js";

const database = `muster-changes-${randomBytes(6).toString("hex")}`;
let connection: mongoose.Connection;
beforeAll(async () => {
  connection = await mongoose.createConnection(inject("mongoUri"), { dbName: database }).asPromise();
});
afterAll(async () => {
  await connection.dropDatabase();
  await connection.close();
});

const users = () => connection.db!.collection<{ _id: string; [field: string]: unknown }>("users");

/** What a stream tells from now on, until it has told of the user `last`, whom this inserts. */
async function changesDuring(act: () => Promise<unknown>, by = connection): Promise<Change[]> {
  const source = createChanges({ connection: by, database, collection: "users" })("nobody");
  onTestFinished(() => source.close());
  const changes: Change[] = [];
  const last = randomBytes(6).toString("hex");
  // the stream shows what happens after its first question has arrived: ask until it does
  const first = source.next();
  let isOpen = false;
  const opened = first.then(() => {
    isOpen = true;
  });
  while (!isOpen) {
    await users().insertOne({ _id: randomBytes(6).toString("hex") });
    await Promise.race([opened, new Promise((resolve) => setTimeout(resolve, 20))]);
  }
  const begin = `${last}-begin`;
  await users().insertOne({ _id: begin });
  await act();
  await users().insertOne({ _id: last });
  for (let began = false; ; ) {
    const change = await source.next();
    if (change.kind === "user" && change.userId === last) return changes;
    if (began) changes.push(change);
    if (change.kind === "user" && change.userId === begin) began = true;
  }
}

const roll = createRoll(defaultSessionRules, systemClock);
const newSession = {
  id: "s1",
  jti: "t1",
  refreshSeed: "r",
  ip: null,
  userAgent: null,
  deviceName: null,
  sys: 0,
  entry: undefined,
};

it("tells what ended and why, also where the database logs the change as a replacement of a small document", async () => {
  await users().insertOne({ _id: "small" });
  await users().updateOne({ _id: "small" }, [{ $set: { sessions: roll.first(newSession) } }]);
  const everything = {
    set: {},
    issues: false,
    sessions: roll.empty(),
    reason: "LOGGED_OUT",
    revokes: true,
    rev: "r1",
    grew: "g1",
  } as const;
  const [change, ...more] = await changesDuring(() =>
    users().updateOne({ _id: "small" }, pipelineOf(everything, roll)),
  );
  expect(more).toEqual([]);
  expect(change).toMatchObject({
    kind: "user",
    userId: "small",
    revoking: true,
    ended: [{ id: "s1", reason: "LOGGED_OUT" }],
  });
});

it("asks nobody to acknowledge what takes nothing away", async () => {
  const changes = await changesDuring(async () => {
    await users().insertOne({ _id: "new" });
    await users().updateOne({ _id: "new" }, { $set: { byHand: 1 } });
    await users().updateOne({ _id: "new" }, { $set: { rev: "r" } });
    await users().deleteOne({ _id: "new" });
  });
  expect(changes.map((change) => change.kind === "user" && change.revoking)).toEqual([false, false, true, true]);
});

it("does not tell of what only adds", async () => {
  await users().insertOne({ _id: "adds", lastUsed: 0 });
  const changes = await changesDuring(() => users().updateOne({ _id: "adds" }, { $set: { grew: "g", lastUsed: 1 } }));
  expect(changes).toEqual([]);
});

it("tells when another collection takes the users' place", async () => {
  const copy = connection.db!.collection<{ _id: string }>("copy");
  await copy.insertOne({ _id: "other" });
  const changes = await changesDuring(() => copy.rename("users", { dropTarget: true }));
  expect(changes).toMatchObject([{ kind: "everything" }]);
});

it("opens whatever read concern and preference the connection has by default", async () => {
  const uri = new URL(inject("mongoUri"));
  uri.searchParams.set("readConcernLevel", "local");
  uri.searchParams.set("readPreference", "secondaryPreferred");
  const other = await mongoose.createConnection(uri.href, { dbName: database }).asPromise();
  onTestFinished(() => other.close());
  expect(await changesDuring(async () => {}, other)).toEqual([]);
});

it("ends a wait for the next change at once when it is closed, also where the database hangs", async () => {
  const mongod = await startMongod(onTestFinished);
  const other = await mongoose.createConnection(mongod.uri).asPromise();
  onTestFinished(() => other.close(true));
  const source = createChanges({ connection: other, database: other.name, collection: "users" })("nobody");
  let first: Change | undefined;
  void source.next().then((change) => {
    first = change;
  });
  while (!first) await other.db!.collection("users").insertOne({});
  // the stream is open now; what else was written while it opened is read, so that the next change never comes
  await other.db!.collection<{ _id: string }>("users").insertOne({ _id: "the last" });
  for (let change = first as Change; change.kind !== "user" || change.userId !== "the last"; )
    change = await source.next();
  const next = source.next();
  await other.db!.command({ ping: 1 });
  mongod.signal("SIGSTOP");
  void source.close().catch(() => {});
  await expect(next).rejects.toThrow("closed");
  mongod.signal("SIGCONT");
});

it("does not know, where a read is to come after a time that the database has not seen: that is no bug", async () => {
  const store = createUserStore({ connection });
  const ahead = (BigInt(Math.floor(Date.now() / 1_000)) + 1_000n) << 32n;
  const read = store.find({ _id: "nobody" }, { fields: ["email"] }, { after: ahead });
  await expect(read).rejects.toMatchObject({ reason: "STORE_UNREACHABLE" });
});
