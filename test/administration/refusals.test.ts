import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import {
  DeleteUserDocument,
  EndAllSessionsDocument,
  EndUserSessionDocument,
  EndUserSessionsDocument,
  ReplaceSubjectDocument,
  SetUserEnabledDocument,
  SetUserRolesDocument,
  send,
  startTestServer,
  type TestServer,
  UserSessionsDocument,
} from "../../src/testing/index.js";
import { type Operator, openOperator } from "../support/operator.js";
import { outcomeOf, refused } from "../support/outcome.js";
import { type Admin, adminOf, becomeAdmin, databaseOf, sessionIdOf, userIdOf } from "./admin.js";

let server: TestServer;
let operator: Operator;
let admin: Admin;
beforeAll(async () => {
  server = await startTestServer({ mongodbUri: inject("mongoUri") });
  operator = await openOperator(server.mongodbUri);
  admin = await becomeAdmin(server);
});
afterAll(async () => {
  await operator?.close();
  await server?.close();
});

// biome-ignore lint/suspicious/noExplicitAny: each has variables of its own
type Mutation = TypedDocumentNode<unknown, any>;
type Variables = (of: { userId: string; sessionId: string }) => Record<string, unknown>;

const questions: [string, Mutation, Variables][] = [
  ["userSessions", UserSessionsDocument, ({ userId }) => ({ userId })],
];

const mutations: [string, Mutation, Variables][] = [
  ["setUserEnabled", SetUserEnabledDocument, ({ userId }) => ({ id: userId, enabled: false })],
  ["setUserRoles", SetUserRolesDocument, ({ userId }) => ({ id: userId, roles: ["editor"] })],
  ["endUserSession", EndUserSessionDocument, ({ userId, sessionId }) => ({ userId, id: sessionId })],
  ["endUserSessions", EndUserSessionsDocument, ({ userId }) => ({ userId })],
  ["replaceSubject", ReplaceSubjectDocument, ({ userId }) => ({ userId })],
  ["deleteUser", DeleteUserDocument, ({ userId }) => ({ id: userId })],
];

const everything: [string, Mutation, Variables] = [
  "endAllSessions",
  EndAllSessionsDocument,
  () => ({ confirm: databaseOf(server) }),
];

describe("refuses, and ends nothing:", () => {
  it.each([...questions, ...mutations, everything])(
    "%s, to who is not signed in and to who is no admin",
    async (_, mutation, of) => {
      const [phone, stranger] = [await server.signUp(), await server.signUp()];
      const variables = of({ userId: userIdOf(phone), sessionId: sessionIdOf(phone) });
      const before = await operator.userOf(phone.email);
      expect(outcomeOf(await send(server.url, mutation, variables))).toBe(refused("TOKEN_MISSING"));
      for (const asker of [stranger, phone])
        expect((await adminOf(asker).ask(mutation, variables)).outcome).toBe("403 FORBIDDEN ROLE_MISSING");
      expect(await operator.userOf(phone.email)).toEqual(before);
      expect(outcomeOf(await phone.me())).toBe("ok");
    },
  );

  it.each([...questions, ...mutations])("%s, for a user that there is none of", async (_, mutation, of) => {
    for (const userId of ["0123456789abcdef01234567", "", "nobody", "$ne"]) {
      const { outcome } = await admin.ask(mutation, of({ userId, sessionId: "AAAAAAAAAAAAAAAAAAAAAA" }));
      expect(outcome).toBe("400 BAD_USER_INPUT NO_SUCH_USER");
    }
  });

  it.each([
    ["one that is no name", ["editor", "not a role"]],
    ["an empty one", [""]],
    ["too many", Array.from({ length: 101 }, (_, index) => `role-${index}`)],
  ])("setUserRoles, with roles of which there is %s", async (_, roles) => {
    const phone = await server.signUp();
    const { outcome } = await admin.ask(SetUserRolesDocument, { id: userIdOf(phone), roles });
    expect(outcome).toBe("400 BAD_USER_INPUT ROLE_INVALID");
    expect((await operator.userOf(phone.email)).roles).toEqual([]);
  });

  it("endAllSessions, without the name of the database", async () => {
    for (const confirm of ["", "yes", "muster", `${databaseOf(server)} `]) {
      const { outcome } = await admin.ask(EndAllSessionsDocument, { confirm });
      expect(outcome).toBe("400 BAD_USER_INPUT CONFIRMATION_WRONG");
    }
    expect(await operator.database.collection("muster_system").countDocuments({ _id: "system" as never })).toBe(0);
  });

  it("an ending by what is no date, which is not quoted", async () => {
    const phone = await server.signUp();
    const answer = await admin.ask(EndUserSessionsDocument, { userId: userIdOf(phone), issuedBefore: "xyzzy" });
    expect(answer.outcome).toBe("400 BAD_USER_INPUT INPUT_INVALID");
    expect(JSON.stringify(answer)).not.toContain("xyzzy");
    expect(outcomeOf(await phone.me())).toBe("ok");
  });

  it("an ending by a date in the future", async () => {
    const phone = await server.signUp();
    const issuedBefore = new Date(Date.now() + 600_000).toISOString();
    const ofUser = await admin.ask(EndUserSessionsDocument, { userId: userIdOf(phone), issuedBefore });
    const ofAll = await admin.ask(EndAllSessionsDocument, { confirm: databaseOf(server), issuedBefore });
    expect([ofUser.outcome, ofAll.outcome]).toEqual(Array(2).fill("400 BAD_USER_INPUT DATE_IN_FUTURE"));
    expect(outcomeOf(await phone.me())).toBe("ok");
  });
});
