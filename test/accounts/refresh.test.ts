import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import {
  dataOf,
  MeDocument,
  RefreshDocument,
  send,
  startTestServer,
  type TestClient,
  type TestServer,
} from "../../src/testing/index.js";
import { type Operator, openOperator } from "../support/operator.js";
import { outcomeOf, refreshWith, refused, tryAccess, tryRefresh } from "../support/outcome.js";

let server: TestServer;
let operator: Operator;
beforeAll(async () => {
  server = await startTestServer({ mongodbUri: inject("mongoUri"), settings: { authCookies: false } });
  operator = await openOperator(server.mongodbUri);
});
afterAll(async () => {
  await operator.close();
  await server.close();
});

async function twoDevices() {
  const laptop = await server.signUp();
  return { laptop, phone: await laptop.login() };
}

const idOf = ({ credentials }: TestClient) => credentials.session.id;
const rollOf = async ({ email }: TestClient) => (await operator.userOf(email)).sessions.map(({ id }) => id);
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
const isAlive = async (client: TestClient) =>
  expect([outcomeOf(await client.me()), await tryRefresh(client.url, client.refreshToken)]).toEqual(["ok", "ok"]);

it("gives the next refresh token and one more access token of the same session", async () => {
  const { phone } = await twoDevices();
  const { accessToken, refreshToken, credentials } = phone;
  await phone.refresh();
  expect(phone.credentials.session).toMatchObject({
    id: credentials.session.id,
    createdAt: credentials.session.createdAt,
  });
  expect(phone.refreshToken).not.toBe(refreshToken);
  const [before, after] = [claimsOf(accessToken), claimsOf(phone.accessToken)];
  expect(after).toMatchObject({ sub: before.sub, sid: before.sid, auth_time: before.auth_time });
  expect(after.jti).not.toBe(before.jti);
  expect(await tryAccess(phone.url, accessToken)).toBe("ok");
  expect(await tryAccess(phone.url, phone.accessToken)).toBe("ok");
});

it("works with a dead access token in the header: it must not block its own cure", async () => {
  const { phone } = await twoDevices();
  const answer = await send(
    phone.url,
    RefreshDocument,
    { input: { refreshToken: phone.refreshToken } },
    { token: "dead.as.can-be" },
  );
  expect(outcomeOf(answer)).toBe("ok");
});

describe("the token before the current one", () => {
  it("gets the same answer again within the grace, as often as it is asked", async () => {
    const { phone } = await twoDevices();
    const before = phone.refreshToken;
    await phone.refresh();
    await operator.ageRotation(phone.email, idOf(phone), 5);
    for (let time = 0; time < 3; time++) {
      const { refresh } = dataOf(await refreshWith(phone.url, before));
      expect(refresh.refreshToken).toBe(phone.refreshToken);
      expect(claimsOf(refresh.accessToken)).toEqual(claimsOf(phone.accessToken));
    }
    await isAlive(phone);
  });

  it("counts as reuse after the grace, and ends its session alone", async () => {
    const { phone, laptop } = await twoDevices();
    const before = phone.refreshToken;
    await phone.refresh();
    await operator.ageRotation(phone.email, idOf(phone), 10);
    expect(await tryRefresh(phone.url, before)).toBe(refused("REFRESH_REUSED"));
    expect(outcomeOf(await phone.me())).toBe(refused("SESSION_REVOKED"));
    expect(await tryRefresh(phone.url, phone.refreshToken)).toBe(refused("REFRESH_INVALID"));
    expect(await tryRefresh(phone.url, before)).toBe(refused("REFRESH_INVALID"));
    expect(await rollOf(phone)).toEqual([idOf(laptop)]);
    await isAlive(laptop);
  });

  it("stays logged out after a logout within the grace", async () => {
    const { phone, laptop } = await twoDevices();
    const before = phone.refreshToken;
    await phone.refresh();
    await phone.logout();
    expect(await tryRefresh(phone.url, before)).toBe(refused("REFRESH_INVALID"));
    expect(await tryRefresh(phone.url, phone.refreshToken)).toBe(refused("REFRESH_INVALID"));
    expect(await rollOf(phone)).toEqual([idOf(laptop)]);
  });
});

it("takes the token before that one for reuse even within the grace, and ends its session alone", async () => {
  const { phone, laptop } = await twoDevices();
  const grandparent = phone.refreshToken;
  await phone.refresh();
  await phone.refresh();
  expect(await tryRefresh(phone.url, grandparent)).toBe(refused("REFRESH_REUSED"));
  expect(await rollOf(phone)).toEqual([idOf(laptop)]);
  await isAlive(laptop);
});

it("refuses every refresh token from before a password change, and ends nothing", async () => {
  const { phone } = await twoDevices();
  const older = phone.refreshToken;
  await phone.refresh();
  const old = phone.refreshToken;
  await phone.changePassword({ newPassword: "another long sentence for tests" });
  for (const token of [older, old]) expect(await tryRefresh(phone.url, token)).toBe(refused("REFRESH_INVALID"));
  expect(await rollOf(phone)).toEqual([idOf(phone)]);
  await isAlive(phone);
});

it("refuses a disabled user, and goes on where it was once enabled again", async () => {
  const { phone } = await twoDevices();
  await operator.set(phone.email, { enabled: false });
  expect(await tryRefresh(phone.url, phone.refreshToken)).toBe(refused("USER_DISABLED"));
  await operator.set(phone.email, { enabled: true });
  await isAlive(phone);
});

it("refuses a user who was deleted by hand", async () => {
  const { phone } = await twoDevices();
  await operator.database.collection("users").deleteOne({ email: phone.email });
  expect(await tryRefresh(phone.url, phone.refreshToken)).toBe(refused("REFRESH_INVALID"));
});

it("refuses a refresh token used as an access token, and an access token used to refresh", async () => {
  const { phone } = await twoDevices();
  expect(outcomeOf(await send(phone.url, MeDocument, {}, { token: phone.refreshToken }))).toBe(
    refused("TOKEN_INVALID"),
  );
  expect(await tryRefresh(phone.url, phone.accessToken)).toBe(refused("REFRESH_INVALID"));
  await isAlive(phone);
});

describe("a refresh token that we did not make ends nothing:", () => {
  type Forge = (
    parts: { user: string; session: string; generation: string; mac: string },
    others: { sibling: string[]; stranger: string[] },
  ) => string | null;
  const forgeries: [string, Forge][] = [
    ["none at all", () => null],
    ["the empty text", () => ""],
    ["text", () => "let me in"],
    ["only dots", () => "..."],
    ["a million characters", () => "A".repeat(500_000)],
    ["without its mac", ({ user, session, generation }) => `${user}.${session}.${generation}`],
    ["an empty mac", ({ user, session, generation }) => `${user}.${session}.${generation}.`],
    ["a mac of zeros", ({ user, session, generation }) => `${user}.${session}.${generation}.${"A".repeat(43)}`],
    ["a mac cut short", ({ user, session, generation, mac }) => `${user}.${session}.${generation}.${mac.slice(0, -1)}`],
    [
      "a mac with another end",
      ({ user, session, generation, mac }) =>
        `${user}.${session}.${generation}.${mac.slice(0, -1)}${mac.endsWith("A") ? "E" : "A"}`,
    ],
    ["the generation before", ({ user, session, mac }) => `${user}.${session}.0.${mac}`],
    ["the generation after", ({ user, session, mac }) => `${user}.${session}.2.${mac}`],
    ["the same generation with a zero before it", ({ user, session, mac }) => `${user}.${session}.01.${mac}`],
    ["a negative generation", ({ user, session, mac }) => `${user}.${session}.-1.${mac}`],
    ["a generation too large to count", ({ user, session, mac }) => `${user}.${session}.9007199254740993.${mac}`],
    [
      "a session of the same user",
      ({ user, generation, mac }, { sibling }) => `${user}.${sibling[1]}.${generation}.${mac}`,
    ],
    [
      "the mac of a session of the same user",
      ({ user, session, generation }, { sibling }) => `${user}.${session}.${generation}.${sibling[3]}`,
    ],
    [
      "another user's id",
      ({ session, generation, mac }, { stranger }) => `${stranger[0]}.${session}.${generation}.${mac}`,
    ],
    [
      "another user's session",
      ({ user, generation, mac }, { stranger }) => `${user}.${stranger[1]}.${generation}.${mac}`,
    ],
    [
      "another user's mac",
      ({ user, session, generation }, { stranger }) => `${user}.${session}.${generation}.${stranger[3]}`,
    ],
    [
      "a user that never was",
      ({ session, generation, mac }) =>
        `${Buffer.from("0".repeat(24)).toString("base64url")}.${session}.${generation}.${mac}`,
    ],
    [
      "a user's id that is none",
      ({ session, generation, mac }) =>
        `${Buffer.from('{"$ne":null}').toString("base64url")}.${session}.${generation}.${mac}`,
    ],
    ["a fifth part", ({ user, session, generation, mac }) => `${user}.${session}.${generation}.${mac}.${mac}`],
    ["padding", ({ user, session, generation, mac }) => `${user}.${session}.${generation}.${mac}=`],
    ["a space before it", ({ user, session, generation, mac }) => ` ${user}.${session}.${generation}.${mac}`],
  ];

  it.each(forgeries)("%s", async (_, forge) => {
    const { phone, laptop } = await twoDevices();
    await phone.refresh();
    const stranger = await server.signUp();
    const [user = "", session = "", generation = "", mac = ""] = phone.refreshToken.split(".");
    expect(generation).toBe("1");
    const forged = forge(
      { user, session, generation, mac },
      { sibling: laptop.refreshToken.split("."), stranger: stranger.refreshToken.split(".") },
    );
    expect(await tryRefresh(phone.url, forged)).toBe(refused("REFRESH_INVALID"));
    for (const client of [phone, laptop, stranger]) await isAlive(client);
  });
});

it("takes a token that is newer than the roll for wrong and not for used twice: the roll was brought back from a copy", async () => {
  const { phone, laptop } = await twoDevices();
  await phone.refresh();
  const roll = (await operator.userOf(phone.email)).sessions;
  const copy = roll.map((session) => (session.id === idOf(phone) ? { ...session, generation: 0 } : session));
  await operator.set(phone.email, { sessions: copy });
  expect(await tryRefresh(phone.url, phone.refreshToken)).toBe(refused("REFRESH_INVALID"));
  expect(new Set(await rollOf(phone))).toEqual(new Set([idOf(phone), idOf(laptop)]));
});
