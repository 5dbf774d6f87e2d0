import { afterAll, afterEach, beforeAll, expect, inject, it } from "vitest";
import {
  ChangePasswordDocument,
  LoginDocument,
  send,
  startTestServer,
  type TestClient,
  type TestServer,
} from "../../src/testing/index.js";
import { createBarrier, seamsOf } from "../support/barrier.js";
import { type Operator, openOperator } from "../support/operator.js";
import { outcomeOf, refreshWith, refused, tryAccess, tryRefresh } from "../support/outcome.js";

const barrier = createBarrier();
let server: TestServer;
let operator: Operator;
beforeAll(async () => {
  server = await startTestServer({ mongodbUri: inject("mongoUri"), seams: seamsOf(barrier) });
  operator = await openOperator(server.mongodbUri);
});
afterEach(() => barrier.releaseAll());
afterAll(async () => {
  await operator.close();
  await server.close();
});

/** Does something while requests are held at a place; gives what they came to, in one line each. */
async function whileHeld(
  place: string,
  requests: (() => Promise<string>)[],
  act: () => Promise<unknown>,
): Promise<string[]> {
  const held = barrier.hold(place, requests.length);
  const answers = requests.map((start) => start());
  await held.arrived;
  await act();
  held.release();
  return Promise.all(answers);
}

const logIn =
  ({ url, email, password }: TestClient) =>
  async () =>
    outcomeOf(await send(url, LoginDocument, { input: { email, password } }));
const refresh =
  ({ url, refreshToken }: TestClient) =>
  () =>
    tryRefresh(url, refreshToken);
const changePassword = (client: TestClient, newPassword: string, logoutEverywhere: boolean) => async () => {
  const input = { currentPassword: client.password, newPassword, logoutEverywhere };
  return outcomeOf(await client.request(ChangePasswordDocument, { input }));
};

async function twoDevices() {
  const phone = await server.signUp();
  return { phone, laptop: await phone.login() };
}

const rollOf = async ({ email }: TestClient) => (await operator.userOf(email)).sessions.map(({ id }) => id);
const idOf = ({ credentials }: TestClient) => credentials.session.id;

it.each(["verify", "login"])(
  "does not sign in a user who is disabled by hand while the login is held at: %s",
  async (place) => {
    const phone = await server.signUp();
    const answers = await whileHeld(place, [logIn(phone), logIn(phone)], () =>
      operator.set(phone.email, { enabled: false }),
    );
    expect(answers).toEqual([refused("LOGIN_OVERTAKEN"), refused("LOGIN_OVERTAKEN")]);
    await operator.set(phone.email, { enabled: true });
    expect(await rollOf(phone)).toEqual([idOf(phone)]);
  },
);

it("does not move a session on whose user is disabled by hand while the refresh is held", async () => {
  const phone = await server.signUp();
  const answers = await whileHeld("refresh", [refresh(phone)], () => operator.set(phone.email, { enabled: false }));
  expect(answers).toEqual([refused("USER_DISABLED")]);
  await operator.set(phone.email, { enabled: true });
  expect(await tryRefresh(phone.url, phone.refreshToken)).toBe("ok");
});

it.each([
  ["logoutOthers from another device", (_: TestClient, laptop: TestClient) => laptop.logoutOthers()],
  ["logoutSession from another device", (phone: TestClient, laptop: TestClient) => laptop.logoutSession(idOf(phone))],
  ["logout", (phone: TestClient) => phone.logout()],
])("does not bring back a session that %s ends while its refresh is held", async (_, end) => {
  const { phone, laptop } = await twoDevices();
  const answers = await whileHeld("refresh", [refresh(phone), refresh(phone)], () => end(phone, laptop));
  expect(answers).toEqual([refused("REFRESH_INVALID"), refused("REFRESH_INVALID")]);
  expect(await rollOf(phone)).toEqual([idOf(laptop)]);
});

it("does not bring back a session that the cap ends while its refresh is held", async () => {
  const small = await startTestServer({
    mongodbUri: inject("mongoUri"),
    seams: seamsOf(barrier),
    settings: { maxSessions: 1 },
  });
  try {
    const phone = await small.signUp();
    const answers = await whileHeld("refresh", [refresh(phone)], () => phone.login());
    expect(answers).toEqual([refused("REFRESH_INVALID")]);
    expect(await tryAccess(phone.url, phone.accessToken)).toBe(refused("SESSION_REVOKED"));
  } finally {
    await small.close();
  }
});

it("overtakes a login that is in flight while the others are logged out", async () => {
  const phone = await server.signUp();
  const answers = await whileHeld("login", [logIn(phone)], () => phone.logoutOthers());
  expect(answers).toEqual([refused("LOGIN_OVERTAKEN")]);
  expect(await rollOf(phone)).toEqual([idOf(phone)]);
});

it("overtakes no login with what ends one session only", async () => {
  const { phone, laptop } = await twoDevices();
  const answers = await whileHeld("login", [logIn(phone), logIn(phone)], async () => {
    await phone.logoutSession(idOf(laptop));
    await phone.logout();
  });
  expect(answers).toEqual(["ok", "ok"]);
  expect(await rollOf(phone)).toHaveLength(2);
});

it.each([false, true])(
  "refuses a password change whose user logs out everywhere meanwhile (logoutEverywhere: %s)",
  async (logoutEverywhere) => {
    const { phone, laptop } = await twoDevices();
    const change = changePassword(phone, "a password that never was", logoutEverywhere);
    expect(await whileHeld("change-password", [change], () => laptop.logoutEverywhere())).toEqual([
      refused("SESSION_REVOKED"),
    ]);
    expect(await rollOf(phone)).toEqual([]);
    expect(await logIn(phone)()).toBe("ok");
  },
);

it.each([false, true])(
  "lets one of two password changes at once win, from two devices (logoutEverywhere: %s)",
  async (logoutEverywhere) => {
    const { phone, laptop } = await twoDevices();
    const changes = [phone, laptop].map((client, index) =>
      changePassword(client, `the new password ${index}`, logoutEverywhere),
    );
    const answers = await whileHeld("change-password", changes, async () => {});
    expect([...answers].sort()).toEqual([refused("SESSION_REVOKED"), "ok"]);
    const winner = answers.indexOf("ok");
    const tryPassword = async (password: string) =>
      outcomeOf(await send(phone.url, LoginDocument, { input: { email: phone.email, password } }));
    expect(await rollOf(phone)).toHaveLength(1);
    expect(await tryPassword(`the new password ${winner}`)).toBe("ok");
    expect(await tryPassword(`the new password ${1 - winner}`)).toBe(refused("INVALID_CREDENTIALS"));
    expect(await tryPassword(phone.password)).toBe(refused("INVALID_CREDENTIALS"));
  },
);

it("lets one of two password changes at once win that one session asks for", async () => {
  const phone = await server.signUp();
  const changes = [0, 1].map((index) => changePassword(phone, `the new password ${index}`, false));
  const answers = await whileHeld("change-password", changes, async () => {});
  expect([...answers].sort()).toEqual([refused("TOKEN_SUPERSEDED"), "ok"]);
  expect(await rollOf(phone)).toEqual([idOf(phone)]);
});

it("does not end a session for the reuse of a token from before its password change", async () => {
  const phone = await server.signUp();
  const old = phone.refreshToken;
  await phone.refresh();
  await phone.refresh();
  const answers = await whileHeld("refresh-reused", [() => tryRefresh(phone.url, old)], () =>
    phone.changePassword({ newPassword: "another long sentence" }),
  );
  expect(answers).toEqual([refused("REFRESH_INVALID")]);
  expect(outcomeOf(await phone.me())).toBe("ok");
  expect(await tryRefresh(phone.url, phone.refreshToken)).toBe("ok");
});

it("ends a session for the reuse of an old token, also where a refresh of it is in flight", async () => {
  const phone = await server.signUp();
  const old = phone.refreshToken;
  await phone.refresh();
  await phone.refresh();
  const held = barrier.hold("refresh", 1);
  const refreshing = refresh(phone)();
  await held.arrived;
  expect(await tryRefresh(phone.url, old)).toBe(refused("REFRESH_REUSED"));
  held.release();
  expect(await refreshing).toBe(refused("REFRESH_INVALID"));
  expect(await rollOf(phone)).toEqual([]);
});

it("ends a session for the reuse of an old token, also where it moves on meanwhile", async () => {
  const phone = await server.signUp();
  const old = phone.refreshToken;
  await phone.refresh();
  await phone.refresh();
  const answers = await whileHeld("refresh-reused", [() => tryRefresh(phone.url, old)], () => phone.refresh());
  expect(answers).toEqual([refused("REFRESH_REUSED")]);
  expect(outcomeOf(await phone.me())).toBe(refused("SESSION_REVOKED"));
});

it("answers a racer as the winner where the winner's write comes first, and the racer read before it", async () => {
  const phone = await server.signUp();
  const held = barrier.hold("refresh", 1);
  const racing = refreshWith(phone.url, phone.refreshToken);
  await held.arrived;
  await phone.refresh();
  held.release();
  const { refresh: answer } = (await racing).data!;
  expect(answer.refreshToken).toBe(phone.refreshToken);
  expect(answer.accessToken.split(".")[1]).toBe(phone.accessToken.split(".")[1]);
});
