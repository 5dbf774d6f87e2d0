import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { LoginDocument, send, startTestServer, type TestServer } from "../../src/testing/index.js";
import { captureLog } from "../http/support.js";
import { type Operator, openOperator } from "../support/operator.js";
import { outcomeOf, refused, tryAccess, tryRefresh } from "../support/outcome.js";

const { log, text: logged } = captureLog();
let server: TestServer;
let operator: Operator;
beforeAll(async () => {
  server = await startTestServer({ mongodbUri: inject("mongoUri"), log });
  operator = await openOperator(server.mongodbUri);
});
afterAll(async () => {
  await operator.close();
  await server.close();
});

const passwords = ["the first sentence of ours", "the second sentence of ours", "a guess that is not it"] as const;

/** A user who has done everything that leaves a trace, and all that was secret in it. */
async function busyUser() {
  const phone = await server.signUp({ password: passwords[0] });
  const secrets: string[] = [...passwords];
  const note = () => secrets.push(phone.accessToken, phone.refreshToken);
  note();
  const laptop = await phone.login();
  secrets.push(laptop.accessToken, laptop.refreshToken);
  await phone.refresh();
  note();
  await send(phone.url, LoginDocument, { input: { email: phone.email, password: passwords[2] } });
  await phone.changePassword({ newPassword: passwords[1] });
  note();
  return { phone, secrets };
}

/** Every text in a value, however deep. */
function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

it("keeps no password and no token, nor the part of a token that proves it, and logs none", async () => {
  const { phone, secrets } = await busyUser();
  const dump = await operator.dump();
  expect(dump).toContain(phone.email);
  expect(logged()).toContain('"status":200');
  for (const secret of secrets.flatMap((each) => [each, each.split(".").at(-1)])) {
    expect(dump).not.toContain(secret);
    expect(logged()).not.toContain(secret);
  }
});

it("keeps nothing that is taken for a credential", async () => {
  const { phone } = await busyUser();
  const stored = new Set(textsOf(JSON.parse(await operator.dump())).filter((text) => text !== ""));
  const user = await operator.userOf(phone.email);
  for (const text of [String(user._id), user.passwordHash, user.sessions[0]!.id, user.sessions[0]!.refreshSeed])
    expect(stored).toContain(text);
  for (const text of stored) {
    expect(await tryAccess(phone.url, encodeURI(text))).toBe(refused("TOKEN_INVALID"));
    expect(await tryRefresh(phone.url, text)).toBe(refused("REFRESH_INVALID"));
    const input = { email: phone.email, password: text };
    expect(outcomeOf(await send(phone.url, LoginDocument, { input }))).toBe(refused("INVALID_CREDENTIALS"));
  }
  expect((await phone.me()).status).toBe(200);
});
