import type { GraphQLFormattedError } from "graphql";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { type StrategyName, strategyNames } from "../../src/revocation/index.js";
import {
  DeleteUserDocument,
  dataOf,
  EndAllSessionsDocument,
  EndUserSessionDocument,
  EndUserSessionsDocument,
  ReplaceSubjectDocument,
  RevocationDocument,
  SetUserEnabledDocument,
  SetUserRolesDocument,
  startTestServer,
  type TestClient,
  type TestServer,
} from "../../src/testing/index.js";
import { refused, tryAccess, tryRefresh } from "../support/outcome.js";
import { type Admin, adminOf, becomeAdmin, databaseOf, sessionIdOf, userIdOf } from "./admin.js";

type Answered = {
  outcome: string;
  errors: readonly GraphQLFormattedError[];
  muster: Record<string, unknown> | undefined;
};
type Mutation = (admin: Admin, phone: TestClient, server: TestServer) => Promise<Answered>;

/** What answers with a refusal where the strategy lacks this capability. */
const endings: [capability: string, Mutation][] = [
  [
    "ONE_SESSION",
    (admin, phone) => admin.ask(EndUserSessionDocument, { userId: userIdOf(phone), id: sessionIdOf(phone) }),
  ],
  ["ALL_SESSIONS", (admin, phone) => admin.ask(EndUserSessionsDocument, { userId: userIdOf(phone) })],
  ["ALL_SESSIONS", (admin, phone) => admin.ask(ReplaceSubjectDocument, { userId: userIdOf(phone) })],
  [
    "BY_TIME",
    (admin, phone) =>
      admin.ask(EndUserSessionsDocument, { userId: userIdOf(phone), issuedBefore: new Date().toISOString() }),
  ],
  [
    "BY_TIME",
    (admin, _, server) =>
      admin.ask(EndAllSessionsDocument, { confirm: databaseOf(server), issuedBefore: new Date().toISOString() }),
  ],
  ["EVERYTHING", (admin, _, server) => admin.ask(EndAllSessionsDocument, { confirm: databaseOf(server) })],
];

/** What does its work under every strategy. */
const deeds: Mutation[] = [
  (admin, phone) => admin.ask(SetUserEnabledDocument, { id: userIdOf(phone), enabled: false }),
  (admin, phone) => admin.ask(SetUserRolesDocument, { id: userIdOf(phone), roles: ["editor"] }),
  (admin, phone) => admin.ask(DeleteUserDocument, { id: userIdOf(phone) }),
];

async function open(strategy: StrategyName) {
  const settings = { strategy, endOnRoleChange: "all" } as const;
  const server = await startTestServer({ mongodbUri: inject("mongoUri"), settings });
  onTestFinished(server.close);
  // the role that was given has ended the session
  const admin = async () => adminOf(await (await becomeAdmin(server)).client.login());
  const { capabilities } = dataOf(await (await admin()).client.request(RevocationDocument)).revocation;
  return { server, admin, capabilities };
}

describe.each(strategyNames)("under %s", (strategy) => {
  it("ends access tokens at once where it can, says so where it can't, and ends refresh tokens either way", async () => {
    const { server, admin, capabilities } = await open(strategy);
    for (const [capability, end] of endings) {
      const phone = await server.signUp();
      const { outcome, errors } = await end(await admin(), phone, server);
      const access = await tryAccess(server.url, phone.accessToken);
      const refresh = await tryRefresh(server.url, phone.refreshToken);
      const can = capabilities.includes(capability);
      expect([capability, outcome, refresh]).toEqual([
        capability,
        can ? "ok" : "400 BAD_USER_INPUT NOT_SUPPORTED_BY_STRATEGY",
        refused("REFRESH_INVALID"),
      ]);
      const until = errors[0]?.extensions?.accessTokensLiveUntil;
      if (can) expect(until).toBeUndefined();
      else expect(Date.parse(String(until))).toBeGreaterThanOrEqual(Date.parse(phone.credentials.accessTokenExpiresAt));
      if (can) expect(access).toMatch(/^401 UNAUTHENTICATED (SESSION_REVOKED|TOKEN_INVALID)$/);
    }
  });

  it("disables, changes roles and deletes, and says until when access tokens live on where they do", async () => {
    const { server, admin, capabilities } = await open(strategy);
    for (const act of deeds) {
      const phone = await server.signUp();
      const { outcome, muster } = await act(await admin(), phone, server);
      expect(outcome).toBe("ok");
      expect(await tryRefresh(server.url, phone.refreshToken)).toBe(refused("REFRESH_INVALID"));
      const until = muster?.accessTokensLiveUntil;
      if (capabilities.includes("ALL_SESSIONS")) expect(until).toBeUndefined();
      else expect(Date.parse(String(until))).toBeGreaterThanOrEqual(Date.parse(phone.credentials.accessTokenExpiresAt));
    }
  });
});
