import { MongoMemoryServer } from "mongodb-memory-server";
import { expect, it, onTestFinished } from "vitest";
import { startTestServer } from "../../src/testing/index.js";

async function startStandalone(): Promise<string> {
  const mongod = await MongoMemoryServer.create({ instance: { launchTimeout: 60_000, storageEngine: "wiredTiger" } });
  onTestFinished(async () => {
    await mongod.stop({ doCleanup: true, force: true });
  });
  return mongod.getUri();
}

it("works on a standalone MongoDB, by one read a request, and says so", async () => {
  const server = await startTestServer({ mongodbUri: await startStandalone() });
  onTestFinished(server.close);
  expect(server.muster.status()).toMatchObject({ mode: "read-through", freshForMs: 0 });
  const phone = await server.signUp();
  const laptop = await phone.login();
  await laptop.refresh();
  expect(await phone.logoutOthers()).toBe(1);
  expect(await laptop.me()).toMatchObject({ status: 401, reason: "SESSION_REVOKED" });
  await phone.changePassword({ newPassword: "another long sentence for tests" });
  expect((await phone.me()).status).toBe(200);
  expect(await phone.logoutEverywhere()).toBe(1);
  expect(await phone.me()).toMatchObject({ status: 401, reason: "SESSION_REVOKED" });
});

it("refuses to start where leases are asked for and there are no change streams", async () => {
  const mongodbUri = await startStandalone();
  await expect(startTestServer({ mongodbUri, settings: { authStateMode: "leased" } })).rejects.toThrow(
    expect.objectContaining({ name: "StoreUnfitError", message: expect.stringContaining("replica set") }),
  );
});
