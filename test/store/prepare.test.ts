import mongoose from "mongoose";
import { expect, inject, it, onTestFinished } from "vitest";
import { prepareStore, StoreUnfitError } from "../../src/store/prepare.js";
import { createUserStore } from "../../src/store/users.js";
import { openTestDatabase } from "../../src/testing/database.js";

async function openStore(defaults: Record<string, string> = {}) {
  const database = await openTestDatabase(inject("mongoUri"));
  onTestFinished(database.close);
  const uri = new URL(database.uri);
  for (const [name, value] of Object.entries(defaults)) uri.searchParams.set(name, value);
  const connection = await mongoose.createConnection(uri.href, { autoIndex: false }).asPromise();
  onTestFinished(() => connection.close(true));
  return createUserStore({ connection });
}

async function refusalOf(users: Awaited<ReturnType<typeof openStore>>): Promise<string> {
  const failure = await prepareStore(users, { standing: true }).then(
    () => "nothing",
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(StoreUnfitError);
  return (failure as Error).message;
}

it("makes the e-mail address unique, and may be called again", async () => {
  const users = await openStore();
  await prepareStore(users, { standing: true });
  await prepareStore(users, { standing: true });
  const indexes = await users.collection().indexes();
  expect(indexes).toContainEqual(expect.objectContaining({ key: { email: 1 }, unique: true }));
});

it("refuses users with an index that has a time to live, by name: MongoDB would delete users by it", async () => {
  const users = await openStore();
  await users.collection().createIndex({ "sessions.expiresAt": 1 }, { expireAfterSeconds: 3_600, name: "tidy" });
  expect(await refusalOf(users)).toMatch(/"tidy".*time to live/);
  await users.collection().dropIndex("tidy");
  await prepareStore(users, { standing: true });
});

it("refuses an index on the e-mail address that is not unique", async () => {
  const users = await openStore();
  await users.collection().createIndex({ email: 1 });
  expect(await refusalOf(users)).toMatch(/"email".*not unique/);
});

it("refuses an index on the e-mail address that is not of all users alike", async () => {
  const users = await openStore();
  await users.collection().createIndex({ email: 1 }, { unique: true, partialFilterExpression: { enabled: true } });
  expect(await refusalOf(users)).toMatch(/"email".*partial/);
});

it.each<Record<string, string>>([{}, { w: "0", readPreference: "secondaryPreferred" }])(
  "waits for the index, and says which users have one address, whatever the connection's defaults: %j",
  async (defaults) => {
    const users = await openStore(defaults);
    const email = "ada@test.example";
    const { insertedIds } = await users.collection().insertMany([{ email }, { email }, { email: "b@test.example" }], {
      writeConcern: { w: "majority" },
    });
    const message = await refusalOf(users);
    expect(message).toContain(`${insertedIds[0]} = ${insertedIds[1]}`);
    expect(message).not.toContain(String(insertedIds[2]));
    expect(message).not.toContain(email);
  },
);

it("makes the indexes of what stands against users only where that is loaded, and leaves one that is there as it is", async () => {
  const users = await openStore();
  await users.collection().createIndex({ enabled: 1 });
  const keys = async () => (await users.collection().indexes()).map(({ key }) => Object.keys(key).join());
  await prepareStore(users, { standing: false });
  expect(await keys()).toEqual(["_id", "enabled", "email", "roles"]);
  await prepareStore(users, { standing: true });
  await prepareStore(users, { standing: true });
  expect(await keys()).toEqual(["_id", "enabled", "email", "roles", "tokensValidAfter", "endedTokens.until"]);
});
