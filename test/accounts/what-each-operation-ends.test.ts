import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { parseConfig } from "../../src/config.js";
import { silentLog } from "../../src/log.js";
import { startServer } from "../../src/server.js";
import {
  ChangePasswordDocument,
  type CredentialsFragment,
  LoginDocument,
  LogoutDocument,
  LogoutEverywhereDocument,
  LogoutOthersDocument,
  LogoutSessionDocument,
  RefreshDocument,
  SessionsDocument,
  send,
  startTestServer,
  type TestServer,
} from "../../src/testing/index.js";
import { type Operator, openOperator } from "../support/operator.js";
import { outcomeOf, refused, tryAccess, tryRefresh } from "../support/outcome.js";
import { runProgram } from "../support/program.js";
import { type Name, names, prepareSixSessions, type SixSessions, type Worth, worthOfAll } from "./six-sessions.js";

const settings = {
  plain: {},
  evicting: { maxSessions: 5 },
  refusing: { maxSessions: 5, atSessionCap: "refuse" },
  ending: { newLoginEnds: "others" },
} as const;
type Kind = keyof typeof settings;

/** Instances of one deployment that differ in a setting. */
const jwtSecret = randomBytes(32).toString("hex");
const urls = {} as Record<Kind, string>;
let server: TestServer;
let operator: Operator;
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  server = await startTestServer({ mongodbUri: inject("mongoUri"), settings: { jwtSecret } });
  operator = await openOperator(server.mongodbUri);
  const config = parseConfig({ PORT: "0", RATE_LIMITS: "off", JWT_SECRET: jwtSecret, MONGODB_URI: server.mongodbUri });
  for (const kind of Object.keys(settings) as Kind[]) {
    const { url, close, ready } = await startServer({ ...config, ...settings[kind] }, { log: silentLog });
    await ready();
    urls[kind] = url;
    closing.push(close);
  }
  closing.push(operator.close, server.close);
});
afterAll(async () => {
  for (const close of closing) await close();
});

const alive: Worth = { access: "ok", refresh: "ok", listed: true };
const ended: Worth = { access: refused("SESSION_REVOKED"), refresh: refused("REFRESH_INVALID"), listed: false };
/** The session goes on, every token of it from before is dead. */
const renewed: Worth = { access: refused("TOKEN_SUPERSEDED"), refresh: refused("REFRESH_INVALID"), listed: true };
const disabled: Worth = { access: refused("USER_DISABLED"), refresh: refused("USER_DISABLED"), listed: true };

const nobody: Name[] = [];
const everybody: Name[] = ["tablet", "phone", "laptop", "tabs", "console"];
const everybodyBut = (name: Name) => everybody.filter((each) => each !== name);

type Done = { outcome: string; revokedCount?: number | undefined; credentials?: CredentialsFragment | undefined };
type Row = {
  what: string;
  /** Which instance is asked. */
  kind?: Kind;
  act(sessions: SixSessions, url: string): Promise<Done>;
  outcome?: string;
  revokedCount?: number;
  ends: Name[];
  /** What comes of those that are neither ended nor alive as before. */
  otherwise?: Partial<Record<Name, Worth>>;
  /** How many new sessions the user has. */
  adds?: number;
};

const logoutSession = async ({ phone }: SixSessions, id: string): Promise<Done> => {
  const answer = await phone.client.request(LogoutSessionDocument, { id });
  return { outcome: outcomeOf(answer), revokedCount: answer.data?.logoutSession.revokedCount };
};
const changePassword = async ({ phone: { client } }: SixSessions, input: object = {}): Promise<Done> => {
  const passwords = { currentPassword: client.password, newPassword: "another long sentence for tests" };
  const answer = await client.request(ChangePasswordDocument, { input: { ...passwords, ...input } });
  return { outcome: outcomeOf(answer), credentials: answer.data?.changePassword };
};
const login = async ({ phone: { client } }: SixSessions, url: string, password = client.password): Promise<Done> => {
  const answer = await send(url, LoginDocument, { input: { email: client.email, password } });
  return { outcome: outcomeOf(answer), credentials: answer.data?.login };
};
const refresh = async ({ phone: { client } }: SixSessions, refreshToken: string): Promise<Done> => ({
  outcome: outcomeOf(await send(client.url, RefreshDocument, { input: { refreshToken } })),
});
/** What is changed by hand is not waited for by anybody: the instance hears of it in its own time. */
const byHand = async ({ phone: { client } }: SixSessions, fields: object, heard: string): Promise<Done> => {
  await operator.set(client.email, { ...fields });
  await vi.waitFor(async () => expect(outcomeOf(await client.me())).toBe(heard));
  return { outcome: "ok" };
};

/** `phone` asks. */
const rows: Row[] = [
  {
    what: "logout",
    async act({ phone }) {
      const answer = await phone.client.request(LogoutDocument);
      return { outcome: outcomeOf(answer), revokedCount: answer.data?.logout.revokedCount };
    },
    revokedCount: 1,
    ends: ["phone"],
  },
  {
    what: "logoutSession of the own session",
    act: (all) => logoutSession(all, all.phone.id),
    revokedCount: 1,
    ends: ["phone"],
  },
  {
    what: "logoutSession of another session",
    act: (all) => logoutSession(all, all.tabs.id),
    revokedCount: 1,
    ends: ["tabs"],
  },
  {
    what: "logoutSession of a neighbour's session",
    act: (all) => logoutSession(all, all.neighbour.id),
    revokedCount: 0,
    ends: nobody,
  },
  {
    what: "logoutSession of a session that never was",
    act: (all) => logoutSession(all, "AAAAAAAAAAAAAAAAAAAAAA"),
    revokedCount: 0,
    ends: nobody,
  },
  {
    what: "logoutSession of what is no id",
    act: (all) => logoutSession(all, "$sessions"),
    revokedCount: 0,
    ends: nobody,
  },
  {
    what: "logoutOthers",
    async act({ phone }) {
      const answer = await phone.client.request(LogoutOthersDocument);
      return { outcome: outcomeOf(answer), revokedCount: answer.data?.logoutOthers.revokedCount };
    },
    revokedCount: 4,
    ends: everybodyBut("phone"),
  },
  {
    what: "logoutEverywhere",
    async act({ phone }) {
      const answer = await phone.client.request(LogoutEverywhereDocument);
      return { outcome: outcomeOf(answer), revokedCount: answer.data?.logoutEverywhere.revokedCount };
    },
    revokedCount: 5,
    ends: everybody,
  },
  {
    what: "changePassword",
    act: (all) => changePassword(all),
    ends: everybodyBut("phone"),
    otherwise: { phone: renewed },
  },
  {
    what: "changePassword with logoutEverywhere",
    act: (all) => changePassword(all, { logoutEverywhere: true }),
    ends: everybody,
    adds: 1,
  },
  {
    what: "changePassword with the wrong password",
    act: (all) => changePassword(all, { currentPassword: "not the current password" }),
    outcome: refused("INVALID_CREDENTIALS"),
    ends: nobody,
  },
  {
    what: "changePassword to one that is too short",
    act: (all) => changePassword(all, { newPassword: "short", logoutEverywhere: true }),
    outcome: "400 BAD_USER_INPUT PASSWORD_TOO_SHORT",
    ends: nobody,
  },
  { what: "a login", act: login, ends: nobody, adds: 1 },
  {
    what: "a login with the wrong password",
    act: (all, url) => login(all, url, "not the current password"),
    outcome: refused("INVALID_CREDENTIALS"),
    ends: nobody,
  },
  { what: "a login at the cap", kind: "evicting", act: login, ends: ["tablet"], adds: 1 },
  {
    what: "a login at the cap that refuses",
    kind: "refusing",
    act: login,
    outcome: "403 FORBIDDEN SESSION_LIMIT_REACHED",
    ends: nobody,
  },
  { what: "a login with NEW_LOGIN_ENDS=others", kind: "ending", act: login, ends: everybody, adds: 1 },
  {
    what: "the reuse of a refresh token",
    async act(all) {
      const { client, id } = all.console;
      await client.refresh();
      await operator.ageRotation(client.email, id, 11);
      return refresh(all, all.console.refreshToken);
    },
    outcome: refused("REFRESH_REUSED"),
    ends: ["console"],
  },
  {
    what: "a made-up refresh token",
    act: (all) => refresh(all, all.tabs.refreshToken.replace(/\d+\.[^.]+$/, `2.${"A".repeat(43)}`)),
    outcome: refused("REFRESH_INVALID"),
    ends: nobody,
  },
  {
    what: "a role that is granted",
    async act({ phone }) {
      const settings = { MONGODB_URI: server.mongodbUri, JWT_SECRET: jwtSecret };
      const { code } = await runProgram("cli/main.js", ["grant", phone.client.email, "admin"], settings);
      return { outcome: `exit code ${code}` };
    },
    outcome: "exit code 0",
    ends: nobody,
  },
  {
    what: "roles that are changed by hand",
    act: (all) => byHand(all, { roles: ["editor"], scopes: ["read:all"] }, "ok"),
    ends: nobody,
  },
  {
    what: "a user who is disabled by hand",
    act: (all) => byHand(all, { enabled: false }, refused("USER_DISABLED")),
    ends: nobody,
    otherwise: { tablet: disabled, phone: disabled, laptop: disabled, tabs: disabled, console: disabled },
  },
  {
    what: "a user who is disabled and enabled again by hand",
    async act(all) {
      await byHand(all, { enabled: false }, refused("USER_DISABLED"));
      return byHand(all, { enabled: true }, "ok");
    },
    ends: nobody,
  },
  {
    what: "sessions that are taken off the roll by hand",
    act: (all) => byHand(all, { sessions: [] }, refused("SESSION_REVOKED")),
    ends: everybody,
  },
];

describe("ends exactly what it should, for access tokens, refresh tokens and the list:", () => {
  it.each(rows)(
    "$what",
    async ({ kind = "plain", act, outcome = "ok", revokedCount, ends, otherwise = {}, adds = 0 }) => {
      const sessions = await prepareSixSessions(server);
      const done = await act(sessions, urls[kind]);
      expect(done.outcome).toBe(outcome);
      expect(done.revokedCount).toBe(revokedCount);
      const roll = (await operator.userOf(sessions.phone.client.email)).sessions.map(({ id }) => id);
      expect(roll).toHaveLength(everybody.length - ends.length + adds);
      expect(await worthOfAll(sessions, urls.plain, operator)).toEqual(
        Object.fromEntries(names.map((name) => [name, otherwise[name] ?? (ends.includes(name) ? ended : alive)])),
      );
      if (done.credentials) await expectToBeGood(urls.plain, done.credentials, roll);
    },
  );
});

/** What an operation answered with works, and lists exactly what is on the roll. */
async function expectToBeGood(
  url: string,
  { accessToken, refreshToken, session }: CredentialsFragment,
  roll: string[],
) {
  const list = await send(url, SessionsDocument, { first: 200 }, { token: accessToken });
  expect(list.data?.sessions.nodes.map(({ id }) => id).sort()).toEqual([...roll].sort());
  expect(list.data?.sessions.nodes.filter(({ isCurrent }) => isCurrent).map(({ id }) => id)).toEqual([session.id]);
  expect(await tryAccess(url, accessToken)).toBe("ok");
  expect(await tryRefresh(url, refreshToken)).toBe("ok");
}
