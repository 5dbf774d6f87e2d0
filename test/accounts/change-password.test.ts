import { afterAll, beforeAll, expect, inject, it } from "vitest";
import {
  ChangePasswordDocument,
  dataOf,
  LoginDocument,
  MeInFullDocument,
  send,
  startTestServer,
  type TestServer,
} from "../../src/testing/index.js";
import { outcomeOf, refused } from "../support/outcome.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ mongodbUri: inject("mongoUri"), settings: { passwordMinLength: 15 } });
});
afterAll(() => server.close());

const newPassword = "another long sentence for tests";
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());

it("replaces the password", async () => {
  const phone = await server.signUp();
  const old = phone.password;
  const before = dataOf(await phone.request(MeInFullDocument)).me.passwordChangedAt;
  await phone.changePassword({ newPassword });
  const logIn = async (password: string) =>
    outcomeOf(await send(server.url, LoginDocument, { input: { email: phone.email, password } }));
  expect(await logIn(old)).toBe(refused("INVALID_CREDENTIALS"));
  expect(await logIn(newPassword)).toBe("ok");
  const after = dataOf(await phone.request(MeInFullDocument)).me.passwordChangedAt;
  expect(Date.parse(after ?? "")).toBeGreaterThan(Date.parse(before ?? ""));
});

it("proves the session anew: same session, later auth_time", async () => {
  const phone = await server.signUp();
  const before = claimsOf(phone.accessToken);
  server.clock.advance(60_000);
  await phone.refresh();
  expect(claimsOf(phone.accessToken).auth_time).toBe(before.auth_time);
  await phone.changePassword({ newPassword });
  const after = claimsOf(phone.accessToken);
  expect(after.sid).toBe(before.sid);
  expect(after.auth_time).toBeGreaterThanOrEqual(before.auth_time + 60);
});

it("answers with a new session of the same device name where it ends this one too", async () => {
  const first = await server.signUp();
  const phone = await first.login({ deviceName: "my phone" });
  const before = phone.credentials.session;
  await phone.changePassword({ newPassword, logoutEverywhere: true });
  expect(phone.credentials.session).toMatchObject({ deviceName: "my phone" });
  expect(phone.credentials.session.id).not.toBe(before.id);
  expect(await phone.sessionIds()).toEqual([phone.credentials.session.id]);
});

it.each([
  ["the wrong current password", { currentPassword: "not the password at all" }, refused("INVALID_CREDENTIALS")],
  ["no current password", { currentPassword: "" }, refused("INVALID_CREDENTIALS")],
  ["a new one that is too short", { newPassword: "fourteen chars" }, "400 BAD_USER_INPUT PASSWORD_TOO_SHORT"],
  ["a new one that is too long", { newPassword: "x".repeat(129) }, "400 BAD_USER_INPUT PASSWORD_TOO_LONG"],
  ["a new one that is common", { newPassword: "passwordpassword" }, "400 BAD_USER_INPUT PASSWORD_COMMON"],
  [
    "a new one with half a character",
    { newPassword: "a long half of \ud83d and more" },
    "400 BAD_USER_INPUT PASSWORD_INVALID",
  ],
])("refuses %s, and changes nothing", async (_, wrong, outcome) => {
  const phone = await server.signUp();
  const laptop = await phone.login();
  const input = { currentPassword: phone.password, newPassword, ...wrong };
  expect(outcomeOf(await phone.request(ChangePasswordDocument, { input }))).toBe(outcome);
  for (const client of [phone, laptop, await phone.login()]) expect(outcomeOf(await client.me())).toBe("ok");
});

it("is for those who are signed in", async () => {
  const input = { currentPassword: "whatever it may have been", newPassword };
  expect(outcomeOf(await send(server.url, ChangePasswordDocument, { input }))).toBe(refused("TOKEN_MISSING"));
});
