import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import {
  MeDocument,
  MeInFullDocument,
  startTestServer,
  type TestClient,
  type TestServer,
} from "../../src/testing/index.js";
import { type Operator, openOperator } from "../support/operator.js";
import { outcomeOf, times } from "../support/outcome.js";

type Profiled = {
  op: string;
  planSummary?: string;
  docsExamined?: number;
  command: { pipeline?: { $project?: Record<string, unknown> }[] };
};

/** What the database has done to users since `start`, as its own profiler tells it. */
async function profileUsers({ database }: Operator) {
  await database.command({ profile: 0 });
  await database.dropCollection("system.profile").catch(() => {});
  await database.command({ profile: 2 });
  const users = `${database.databaseName}.users`;
  return async () => {
    await database.command({ profile: 0 });
    return database.collection("system.profile").find<Profiled>({ ns: users }).sort({ ts: 1 }).toArray();
  };
}

let server: TestServer;
let operator: Operator;
let phone: TestClient;
beforeAll(async () => {
  const settings = { authStateMode: "read-through", lastUsedSeconds: 60 } as const;
  server = await startTestServer({ mongodbUri: inject("mongoUri"), settings });
  operator = await openOperator(server.mongodbUri);
  phone = await server.signUp();
  for (let count = 0; count < 5; count++) await phone.login();
});
afterAll(async () => {
  await operator.close();
  await server.close();
});

describe("where nothing is remembered", () => {
  it("asks for an authenticated request one read by _id, of one session, and no write", async () => {
    const profiled = await profileUsers(operator);
    expect(outcomeOf(await phone.request(MeDocument))).toBe("ok");
    const operations = await profiled();
    expect(operations.map(({ op, docsExamined }) => ({ op, docsExamined }))).toEqual([
      { op: "command", docsExamined: 1 },
    ]);
    const { planSummary, command } = operations[0]!;
    expect(planSummary).toMatch(/IDHACK|_id/);
    const picked = command.pipeline?.find(({ $project }) => $project)?.$project;
    expect(picked).toMatchObject({ email: 1 });
    expect(JSON.stringify(picked?.sessions)).toContain(phone.credentials.session.id);
    expect(Object.keys(picked ?? {})).not.toContain("passwordHash");
  });

  it("asks one more for fields that admission does not need, however many", async () => {
    const profiled = await profileUsers(operator);
    expect(outcomeOf(await phone.request(MeInFullDocument))).toBe("ok");
    expect((await profiled()).map(({ op }) => op)).toEqual(["command", "query"]);
  });

  it("asks for three operations of one request no more than for one", async () => {
    const profiled = await profileUsers(operator);
    const query = "{ a: me { id } b: me { email } c: me { roles enabled } }";
    expect(outcomeOf(await phone.request(query))).toBe("ok");
    expect((await profiled()).map(({ op }) => op)).toEqual(["command"]);
  });

  it("refuses a malformed, expired or foreign token without a read", async () => {
    const other = await startTestServer({ mongodbUri: inject("mongoUri") });
    const stranger = await other.signUp();
    await other.close();
    const profiled = await profileUsers(operator);
    for (const token of ["dead.as.can-be", phone.refreshToken, stranger.accessToken]) {
      expect(outcomeOf(await phone.request(MeDocument, {}, { token }))).toBe("401 UNAUTHENTICATED TOKEN_INVALID");
    }
    expect(await profiled()).toEqual([]);
  });
});

describe("the last use of a session", () => {
  const lastUsedAt = async () => (await operator.sessionOf(phone.email, phone.credentials.session.id)).lastUsedAt;

  it("is not written within LAST_USED_SECONDS", async () => {
    const before = await lastUsedAt();
    server.clock.advance(30_000);
    const profiled = await profileUsers(operator);
    await times(20, () => phone.me());
    await server.muster.close(); // writes what is still to be written
    expect(new Set((await profiled()).map(({ op }) => op))).toEqual(new Set(["command"]));
    expect(await lastUsedAt()).toEqual(before);
  });

  it("is written once in LAST_USED_SECONDS, however many requests there are", async () => {
    const before = await lastUsedAt();
    server.clock.advance(60_000);
    const profiled = await profileUsers(operator);
    await times(50, () => phone.me());
    await vi.waitFor(async () => expect(await lastUsedAt()).not.toEqual(before), { timeout: 5_000 });
    const after = await lastUsedAt();
    expect(after.getTime() - before.getTime()).toBeGreaterThanOrEqual(60_000);
    await times(50, () => phone.me());
    const operations = (await profiled()).map(({ op }) => op);
    expect(operations.filter((op) => op === "update")).toEqual(["update"]);
    expect(await lastUsedAt()).toEqual(after);
  });
});
