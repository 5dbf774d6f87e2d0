import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { startTestServer, type TestServer } from "../../src/testing/index.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ mongodbUri: inject("mongoUri") });
});
afterAll(() => server.close());

it("signs up, answers me, logs out everywhere and refuses from then on", async () => {
  const phone = await server.signUp();
  const laptop = await phone.login({ deviceName: "laptop" });
  expect((await phone.me()).data).toMatchObject({ me: { email: phone.email } });
  expect(await laptop.sessionIds()).toHaveLength(2);
  expect(await phone.logoutEverywhere()).toBe(2);
  for (const client of [phone, laptop]) {
    expect(await client.me()).toMatchObject({ status: 401, code: "UNAUTHENTICATED", reason: "SESSION_REVOKED" });
  }
});

it("says why a session ended to whoever still uses its token", async () => {
  const phone = await server.signUp();
  const laptop = await phone.login();
  await phone.changePassword({ newPassword: "another long sentence for tests" });
  const { errors, reason } = await laptop.me();
  expect(reason).toBe("SESSION_REVOKED");
  expect(errors[0]?.extensions).toMatchObject({ endReason: "PASSWORD_CHANGED" });
});
