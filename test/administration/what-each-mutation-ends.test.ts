import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import {
  DeleteUserDocument,
  EndUserSessionDocument,
  EndUserSessionsDocument,
  ReplaceSubjectDocument,
  SetUserEnabledDocument,
  SetUserRolesDocument,
  startTestServer,
  type TestClient,
  type TestServer,
  UserSessionsDocument,
} from "../../src/testing/index.js";
import {
  type Name,
  names,
  prepareSixSessions,
  type SixSessions,
  type Worth,
  worthOfAll,
} from "../accounts/six-sessions.js";
import { type Operator, openOperator } from "../support/operator.js";
import { refused, tryAccess, tryRefresh } from "../support/outcome.js";
import { type Admin, adminOf, becomeAdmin, type Done, userIdOf } from "./admin.js";

let server: TestServer;
/** A second instance, which everything is asked of that the first has ended. */
let other: TestServer;
/** One more, where a change of roles ends all. */
let strict: TestServer;
let operator: Operator;
let admin: Admin;
beforeAll(async () => {
  server = await startTestServer({ mongodbUri: inject("mongoUri") });
  [other, strict, operator] = await Promise.all([
    startTestServer({ joins: server }),
    startTestServer({ joins: server, settings: { endOnRoleChange: "all" } }),
    openOperator(server.mongodbUri),
  ]);
  admin = await becomeAdmin(server);
});
afterAll(async () => {
  await operator?.close();
  await strict?.close();
  await other?.close();
  await server?.close();
});

const alive: Worth = { access: "ok", refresh: "ok", listed: true };
const ended: Worth = { access: refused("SESSION_REVOKED"), refresh: refused("REFRESH_INVALID"), listed: false };
const disabled: Worth = { access: refused("USER_DISABLED"), refresh: refused("REFRESH_INVALID"), listed: false };

const everybody: Name[] = ["tablet", "phone", "laptop", "tabs", "console"];
const owner = ({ phone }: SixSessions) => userIdOf(phone.client);

type Row = { what: string; act(sessions: SixSessions): Promise<Done>; revokedCount?: number; ends: Name[]; as?: Worth };

const rows: Row[] = [
  {
    what: "endUserSession",
    act: (all) => admin.ask(EndUserSessionDocument, { userId: owner(all), id: all.tabs.id }),
    revokedCount: 1,
    ends: ["tabs"],
  },
  {
    what: "endUserSession of a neighbour's session",
    act: (all) => admin.ask(EndUserSessionDocument, { userId: owner(all), id: all.neighbour.id }),
    revokedCount: 0,
    ends: [],
  },
  {
    what: "endUserSession, repeated",
    async act(all) {
      await admin.ask(EndUserSessionDocument, { userId: owner(all), id: all.tabs.id });
      return admin.ask(EndUserSessionDocument, { userId: owner(all), id: all.tabs.id });
    },
    revokedCount: 0,
    ends: ["tabs"],
  },
  {
    what: "endUserSessions",
    act: (all) => admin.ask(EndUserSessionsDocument, { userId: owner(all) }),
    revokedCount: 5,
    ends: everybody,
  },
  {
    what: "endUserSessions with a date from before all of them",
    act: (all) => admin.ask(EndUserSessionsDocument, { userId: owner(all), issuedBefore: "2020-01-01T00:00:00Z" }),
    revokedCount: 0,
    ends: [],
  },
  {
    what: "endUserSessions with a date that is ahead by less than clocks may differ",
    act: (all) =>
      admin.ask(EndUserSessionsDocument, {
        userId: owner(all),
        issuedBefore: new Date(Date.now() + 60_000).toISOString(),
      }),
    revokedCount: 5,
    ends: everybody,
  },
  {
    what: "setUserEnabled to false",
    act: (all) => admin.ask(SetUserEnabledDocument, { id: owner(all), enabled: false }),
    ends: everybody,
    as: disabled,
  },
  {
    what: "setUserEnabled to false and to true",
    async act(all) {
      await admin.ask(SetUserEnabledDocument, { id: owner(all), enabled: false });
      return admin.ask(SetUserEnabledDocument, { id: owner(all), enabled: true });
    },
    ends: everybody,
  },
  {
    what: "setUserEnabled to true of somebody who is enabled",
    act: (all) => admin.ask(SetUserEnabledDocument, { id: owner(all), enabled: true }),
    ends: [],
  },
  {
    what: "setUserRoles",
    act: (all) => admin.ask(SetUserRolesDocument, { id: owner(all), roles: ["editor"] }),
    ends: [],
  },
  {
    what: "setUserRoles with END_ON_ROLE_CHANGE=all",
    act: (all) => admin.ask(SetUserRolesDocument, { id: owner(all), roles: ["editor"] }, strict.url),
    ends: everybody,
  },
  {
    what: "setUserRoles with END_ON_ROLE_CHANGE=all, to the same roles",
    act: (all) => admin.ask(SetUserRolesDocument, { id: owner(all), roles: [] }, strict.url),
    ends: [],
  },
  {
    what: "a role that is granted with END_ON_ROLE_CHANGE=all",
    async act({ phone }) {
      await strict.grantRole(phone.client.email, "editor");
      return { outcome: "ok" };
    },
    ends: everybody,
  },
  {
    what: "replaceSubject",
    act: (all) => admin.ask(ReplaceSubjectDocument, { userId: owner(all) }),
    revokedCount: 5,
    ends: everybody,
  },
];

describe("ends exactly what it should, on every instance when it has returned:", () => {
  it.each(rows)("$what", async ({ act, revokedCount, ends, as = ended }) => {
    const sessions = await prepareSixSessions(server);
    const done = await act(sessions);
    expect(done.outcome).toBe("ok");
    expect(done.revokedCount).toBe(revokedCount);
    expect(await worthOfAll(sessions, other.url, operator)).toEqual(
      Object.fromEntries(names.map((name) => [name, ends.includes(name) ? as : alive])),
    );
  });

  it("deleteUser", async () => {
    const { phone, neighbour } = await prepareSixSessions(server);
    const done = await admin.ask(DeleteUserDocument, { id: userIdOf(phone.client) });
    expect(done).toMatchObject({ outcome: "ok", revokedCount: 5 });
    await expect(operator.userOf(phone.client.email)).rejects.toThrow();
    expect(await worthOf(phone.client, other.url)).toEqual({
      access: refused("USER_NOT_FOUND"),
      refresh: refused("REFRESH_INVALID"),
    });
    expect(await worthOf(neighbour.client, other.url)).toEqual({ access: "ok", refresh: "ok" });
  });
});

it("signs a user in again after each ending but a disabling, with tokens that are good", async () => {
  const phone = await server.signUp();
  const id = userIdOf(phone);
  for (const end of [
    () => admin.ask(EndUserSessionsDocument, { userId: id }),
    () => admin.ask(EndUserSessionsDocument, { userId: id, issuedBefore: new Date().toISOString() }),
    () => admin.ask(ReplaceSubjectDocument, { userId: id }),
  ]) {
    expect((await end()).outcome).toBe("ok");
    const again = await phone.login({ url: other.url });
    expect(await worthOf(again, server.url)).toEqual({ access: "ok", refresh: "ok" });
  }
  await admin.ask(SetUserEnabledDocument, { id, enabled: false });
  await expect(phone.login()).rejects.toThrow("USER_DISABLED");
  expect((await admin.ask(SetUserEnabledDocument, { id, enabled: true })).data?.setUserEnabled).toMatchObject({
    id,
    enabled: true,
  });
  expect(await worthOf(await phone.login(), other.url)).toEqual({ access: "ok", refresh: "ok" });
});

it("lets new roles hold from the next request on, taken ones as well as given ones", async () => {
  const phone = await server.signUp();
  const asPhone = () => adminOf(phone).ask(SetUserEnabledDocument, { id: userIdOf(phone), enabled: true }, other.url);
  expect((await asPhone()).outcome).toBe("403 FORBIDDEN ROLE_MISSING");
  const given = await admin.ask(SetUserRolesDocument, { id: userIdOf(phone), roles: ["admin", "editor", "admin"] });
  expect(given.data?.setUserRoles.roles).toEqual(["admin", "editor"]);
  expect((await asPhone()).outcome).toBe("ok");
  await admin.ask(SetUserRolesDocument, { id: userIdOf(phone), roles: ["editor"] });
  expect((await asPhone()).outcome).toBe("403 FORBIDDEN ROLE_MISSING");
});

it("tells why a session ended: ENDED_BY_ADMIN, USER_DISABLED, SUBJECT_REPLACED", async () => {
  const reasons = [];
  for (const end of [
    (id: string) => admin.ask(EndUserSessionsDocument, { userId: id }),
    (id: string) => admin.ask(SetUserEnabledDocument, { id, enabled: false }),
    (id: string) => admin.ask(ReplaceSubjectDocument, { userId: id }),
  ]) {
    const phone = await server.signUp();
    await end(userIdOf(phone));
    const { errors } = await phone.me();
    reasons.push(errors[0]?.extensions?.endReason);
  }
  expect(reasons).toEqual(["ENDED_BY_ADMIN", "USER_DISABLED", "SUBJECT_REPLACED"]);
});

const worthOf = async ({ accessToken, refreshToken }: TestClient, url: string) => ({
  access: await tryAccess(url, accessToken),
  refresh: await tryRefresh(url, refreshToken),
});

it("names the sessions of a user to an administrator, and ends the one that is named", async () => {
  const phone = await server.signUp();
  const laptop = await phone.login({ deviceName: "laptop" });
  const { userSessions } = (await admin.ask(UserSessionsDocument, { userId: userIdOf(phone), first: 1 })).data!;
  expect(userSessions).toMatchObject({ totalCount: 2, nodes: [{ deviceName: "laptop", isCurrent: false }] });
  const { id } = userSessions.nodes[0]!;
  expect((await admin.ask(EndUserSessionDocument, { userId: userIdOf(phone), id })).revokedCount).toBe(1);
  expect(await tryAccess(other.url, laptop.accessToken)).toBe(refused("SESSION_REVOKED"));
  expect(await tryAccess(other.url, phone.accessToken)).toBe("ok");
});
