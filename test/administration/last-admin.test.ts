import { MongoMemoryServer } from "mongodb-memory-server";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import {
  DeleteUserDocument,
  EndUserSessionsDocument,
  SetUserEnabledDocument,
  SetUserRolesDocument,
  startTestServer,
  type TestServer,
  type TestServerOptions,
} from "../../src/testing/index.js";
import { type Barrier, createBarrier, seamsOf } from "../support/barrier.js";
import { openOperator } from "../support/operator.js";
import { outcomeOf } from "../support/outcome.js";
import { type Admin, becomeAdmin, userIdOf } from "./admin.js";

const lastAdmin = "400 BAD_USER_INPUT LAST_ADMIN";

/** A deployment of a test's own: nobody else makes admins there. */
async function open(options: TestServerOptions = {}) {
  const server = await startTestServer({ mongodbUri: inject("mongoUri"), ...options });
  onTestFinished(server.close);
  const operator = await openOperator(server.mongodbUri);
  onTestFinished(operator.close);
  const countAdmins = () =>
    operator.database.collection("users").countDocuments({ roles: "admin", enabled: { $ne: false } });
  return { server, operator, countAdmins };
}

const ways = [
  ["disabled", (by: Admin, id: string) => by.ask(SetUserEnabledDocument, { id, enabled: false })],
  ["stripped of the role", (by: Admin, id: string) => by.ask(SetUserRolesDocument, { id, roles: ["editor"] })],
  ["deleted", (by: Admin, id: string) => by.ask(DeleteUserDocument, { id })],
] as const;

describe("the last admin", () => {
  it.each(ways)("can't be %s, and keeps every session", async (_, end) => {
    const { server, operator, countAdmins } = await open();
    const admin = await becomeAdmin(server);
    const disabled = await becomeAdmin(server);
    await operator.set(disabled.client.email, { enabled: false });
    const before = await operator.userOf(admin.client.email);
    expect((await end(admin, userIdOf(admin.client))).outcome).toBe(lastAdmin);
    expect(await operator.userOf(admin.client.email)).toEqual(before);
    expect(await countAdmins()).toBe(1);
    // whoever is not in power needs no other admin
    expect((await end(admin, userIdOf(disabled.client))).outcome).toBe("ok");
  });

  it.each(ways)("is only the last one: another can be %s", async (_, end) => {
    const { server, countAdmins } = await open();
    const [admin, other] = [await becomeAdmin(server), await becomeAdmin(server)];
    expect((await end(admin, userIdOf(other.client))).outcome).toBe("ok");
    expect(await countAdmins()).toBe(1);
    expect((await end(admin, userIdOf(admin.client))).outcome).toBe(lastAdmin);
  });
});

it("makes no instance forget anybody else", async () => {
  const { server } = await open();
  const [admin, other, bystander] = [await becomeAdmin(server), await becomeAdmin(server), await server.signUp()];
  // whatever came before has been heard of when this has returned
  await admin.ask(EndUserSessionsDocument, { userId: userIdOf(other.client) });
  await bystander.me();
  await admin.client.me();
  const before = server.muster.status().memory.fills;
  expect((await ways[1][1](admin, userIdOf(other.client))).outcome).toBe("ok");
  expect(outcomeOf(await bystander.me())).toBe("ok");
  expect(server.muster.status().memory.fills).toBe(before);
});

/** Two admins end each other at once: both have been counted as the other's other when both go on. */
async function race(
  server: TestServer,
  barrier: Barrier,
  end: (by: Admin, id: string) => Promise<{ outcome: string }>,
) {
  const [one, two] = [await becomeAdmin(server), await becomeAdmin(server)];
  const counted = barrier.hold("last-admin", 2);
  const answers = [end(one, userIdOf(two.client)), end(two, userIdOf(one.client))];
  await counted.arrived;
  counted.release();
  const outcomes = (await Promise.all(answers)).map(({ outcome }) => outcome);
  return { admins: [one, two], outcomes: outcomes.sort() };
}

const rounds = 10;

describe("of two admins who end each other at once", () => {
  it.each(ways)(`exactly one is %s, ${rounds} times`, async (_, end) => {
    const barrier = createBarrier();
    onTestFinished(barrier.releaseAll);
    const { server, operator, countAdmins } = await open({ seams: seamsOf(barrier) });
    for (let round = 0; round < rounds; round++) {
      const { outcomes } = await race(server, barrier, end);
      expect(outcomes).toEqual([lastAdmin, "ok"]);
      expect(await countAdmins()).toBe(1);
      await operator.database.collection("users").deleteMany({});
    }
  });

  it("exactly one is left where they are asked on two instances", async () => {
    const barrier = createBarrier();
    onTestFinished(barrier.releaseAll);
    const { server, countAdmins } = await open({ seams: seamsOf(barrier) });
    const other = await startTestServer({ joins: server, seams: seamsOf(barrier) });
    onTestFinished(other.close);
    const { outcomes } = await race(server, barrier, (by, id) =>
      by.ask(
        SetUserEnabledDocument,
        { id, enabled: false },
        by.client.credentials.user.id < id ? server.url : other.url,
      ),
    );
    expect(outcomes).toEqual([lastAdmin, "ok"]);
    expect(await countAdmins()).toBe(1);
  });

  it("both would be, were there no document that the two transactions meet at", async () => {
    const barrier = createBarrier();
    onTestFinished(barrier.releaseAll);
    const seams = { ...seamsOf(barrier), sabotage: { countsAdminsAlone: true } };
    const { server, countAdmins } = await open({ seams });
    const { outcomes } = await race(server, barrier, ways[0][1]);
    expect(outcomes).toEqual(["ok", "ok"]);
    expect(await countAdmins()).toBe(0);
  });
});

it("refuses with a sentence to take an admin's power where there are no transactions, and does all the rest", async () => {
  const mongod = await MongoMemoryServer.create({ instance: { launchTimeout: 60_000, storageEngine: "wiredTiger" } });
  onTestFinished(async () => void (await mongod.stop({ doCleanup: true, force: true })));
  const { server, operator } = await open({ mongodbUri: mongod.getUri() });
  const [admin, other] = [await becomeAdmin(server), await becomeAdmin(server)];
  for (const [, end] of ways)
    expect((await end(admin, userIdOf(other.client))).outcome).toBe("400 BAD_USER_INPUT TRANSACTIONS_UNAVAILABLE");
  expect(outcomeOf(await other.client.me())).toBe("ok");

  const phone = await server.signUp();
  const id = userIdOf(phone);
  expect(await admin.ask(EndUserSessionsDocument, { userId: id })).toMatchObject({ outcome: "ok", revokedCount: 1 });
  for (const [, end] of ways) expect((await end(admin, id)).outcome).toBe("ok");
  await expect(operator.userOf(phone.email)).rejects.toThrow();
});
