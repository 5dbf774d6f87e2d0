import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import {
  DeleteUserDocument,
  EndUserSessionDocument,
  EndUserSessionsDocument,
  LoginDocument,
  ReplaceSubjectDocument,
  SetUserEnabledDocument,
  send,
  startTestServer,
  type TestClient,
  type TestServer,
} from "../../src/testing/index.js";
import { createBarrier, seamsOf } from "../support/barrier.js";
import { type Operator, openOperator } from "../support/operator.js";
import { outcomeOf, refused, tryAccess, tryRefresh } from "../support/outcome.js";
import { type Admin, becomeAdmin, sessionIdOf, userIdOf } from "./admin.js";

const barrier = createBarrier();
let server: TestServer;
let operator: Operator;
let admin: Admin;
beforeAll(async () => {
  server = await startTestServer({ mongodbUri: inject("mongoUri"), seams: seamsOf(barrier) });
  operator = await openOperator(server.mongodbUri);
  admin = await becomeAdmin(server);
});
afterEach(() => barrier.releaseAll());
afterAll(async () => {
  await operator?.close();
  await server?.close();
});

const tomorrow = () => new Date(Date.now() + 60_000).toISOString();

const endings: [string, (phone: TestClient) => Promise<{ outcome: string }>][] = [
  ["endUserSession", (phone) => admin.ask(EndUserSessionDocument, { userId: userIdOf(phone), id: sessionIdOf(phone) })],
  ["endUserSessions", (phone) => admin.ask(EndUserSessionsDocument, { userId: userIdOf(phone) })],
  [
    "endUserSessions by a date",
    (phone) => admin.ask(EndUserSessionsDocument, { userId: userIdOf(phone), issuedBefore: tomorrow() }),
  ],
  ["setUserEnabled", (phone) => admin.ask(SetUserEnabledDocument, { id: userIdOf(phone), enabled: false })],
  ["replaceSubject", (phone) => admin.ask(ReplaceSubjectDocument, { userId: userIdOf(phone) })],
  ["deleteUser", (phone) => admin.ask(DeleteUserDocument, { id: userIdOf(phone) })],
];

/** What a request comes to that is held at a place while an ending returns. */
async function overtaken(place: string, request: () => Promise<string>, end: () => Promise<{ outcome: string }>) {
  const held = barrier.hold(place, 1);
  const answer = request();
  await held.arrived;
  expect((await end()).outcome).toBe("ok");
  held.release();
  return answer;
}

describe("overtakes what is in flight:", () => {
  it.each(endings)("%s, a login", async (_, end) => {
    const phone = await server.signUp();
    const input = { email: phone.email, password: phone.password };
    const logIn = async () => outcomeOf(await send(server.url, LoginDocument, { input }));
    expect(await overtaken("login", logIn, () => end(phone))).toBe(refused("LOGIN_OVERTAKEN"));
    expect((await rollOf(phone)).length).toBe(0);
  });

  it.each(endings)("%s, a refresh", async (_, end) => {
    const phone = await server.signUp();
    const refresh = () => tryRefresh(server.url, phone.refreshToken);
    const answer = await overtaken("refresh", refresh, () => end(phone));
    expect(answer).toBe(refused("REFRESH_INVALID"));
    expect(await rollOf(phone)).toEqual([]);
  });

  it.each(endings)("%s, a session of another user never", async (_, end) => {
    const [phone, stranger] = [await server.signUp(), await server.signUp()];
    const refresh = () => tryRefresh(server.url, stranger.refreshToken);
    expect(await overtaken("refresh", refresh, () => end(phone))).toBe("ok");
    expect(await tryAccess(server.url, stranger.accessToken)).toBe("ok");
  });
});

const rollOf = async ({ email }: TestClient) => {
  const user = await operator.database.collection("users").findOne({ email });
  return (user?.sessions ?? []) as unknown[];
};

it("deletes a user who is enabled again while the deletion is on its way", async () => {
  const phone = await server.signUp();
  const held = barrier.hold("delete-user", 1);
  const deleting = admin.ask(DeleteUserDocument, { id: userIdOf(phone) });
  await held.arrived;
  await admin.ask(SetUserEnabledDocument, { id: userIdOf(phone), enabled: true });
  const again = await phone.login();
  held.release();
  expect(await deleting).toMatchObject({ outcome: "ok", revokedCount: 2 });
  for (const { accessToken } of [phone, again])
    expect(await tryAccess(server.url, accessToken)).toBe(refused("USER_NOT_FOUND"));
});

it("leaves no token good after any step of a deletion that stops there", async () => {
  const phone = await server.signUp();
  const held = barrier.hold("delete-user", 1);
  const deleting = admin.ask(DeleteUserDocument, { id: userIdOf(phone) });
  await held.arrived;
  expect(await tryAccess(server.url, phone.accessToken)).toBe(refused("USER_DISABLED"));
  const retired = await operator.database
    .collection("muster_retired_subjects")
    .findOne({ _id: userIdOf(phone) as never });
  expect(retired?.until.getTime()).toBeGreaterThanOrEqual(Date.parse(phone.credentials.accessTokenExpiresAt));
  held.release();
  expect((await deleting).outcome).toBe("ok");
});

it("answers a repeated deletion as the first, and one of somebody who never was with NO_SUCH_USER", async () => {
  const phone = await server.signUp();
  expect((await admin.ask(DeleteUserDocument, { id: userIdOf(phone) })).revokedCount).toBe(1);
  expect(await admin.ask(DeleteUserDocument, { id: userIdOf(phone) })).toMatchObject({
    outcome: "ok",
    revokedCount: 0,
  });
  const { outcome } = await admin.ask(DeleteUserDocument, { id: "0123456789abcdef01234567" });
  expect(outcome).toBe("400 BAD_USER_INPUT NO_SUCH_USER");
});

it("retires each subject that is replaced, in the transaction that replaces it", async () => {
  const phone = await server.signUp();
  const subjects = [subjectOf(phone)];
  for (let count = 0; count < 2; count++) {
    await admin.ask(ReplaceSubjectDocument, { userId: userIdOf(phone) });
    subjects.push(subjectOf(await phone.login()));
  }
  expect(subjects[0]).toBe(userIdOf(phone));
  for (const subject of subjects.slice(1)) expect(subject).toMatch(new RegExp(`^${userIdOf(phone)}\\.[\\w-]{22}$`));
  expect(await retiredOf(phone)).toEqual(subjects.slice(0, 2));
});

it("gives a user one new subject after another where two are asked for at once", async () => {
  const phone = await server.signUp();
  const held = barrier.hold("replace-subject", 2);
  const asked = [1, 2].map(() => admin.ask(ReplaceSubjectDocument, { userId: userIdOf(phone) }));
  await held.arrived;
  held.release();
  const counts = (await Promise.all(asked)).map(({ outcome, revokedCount }) => `${outcome} ${revokedCount}`);
  expect(counts.sort()).toEqual(["ok 0", "ok 1"]);
  const now = subjectOf(await phone.login());
  const retired = await retiredOf(phone);
  expect(retired).toHaveLength(2);
  expect(retired).not.toContain(now);
});

const subjectOf = ({ accessToken }: TestClient): string =>
  JSON.parse(Buffer.from(accessToken.split(".")[1]!, "base64url").toString()).sub;

const retiredOf = async (client: TestClient) => {
  const rows = await operator.database.collection<{ _id: string }>("muster_retired_subjects").find().toArray();
  return rows.map(({ _id }) => _id).filter((subject) => subject.startsWith(userIdOf(client)));
};
