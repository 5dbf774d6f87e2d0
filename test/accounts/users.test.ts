import { afterAll, beforeAll, expect, inject, it, vi } from "vitest";
import {
  dataOf,
  MeInFullDocument,
  send,
  startTestServer,
  type TestClient,
  type TestServer,
  UserDocument,
  type UserFilter,
  UsersDocument,
} from "../../src/testing/index.js";
import { type Operator, openOperator } from "../support/operator.js";
import { outcomeOf, refused } from "../support/outcome.js";

let server: TestServer;
let operator: Operator;
let admin: TestClient;
let users: TestClient[];
beforeAll(async () => {
  server = await startTestServer({ mongodbUri: inject("mongoUri") });
  operator = await openOperator(server.mongodbUri);
  admin = await server.signUp();
  await server.grantRole(admin.email, "admin");
  users = [];
  for (let count = 0; count < 7; count++) users.push(await server.signUp());
  await server.grantRole(users[1]!.email, "editor");
  await server.grantRole(users[2]!.email, "editor");
  await operator.set(users[3]!.email, { enabled: false });
});
afterAll(async () => {
  await operator.close();
  await server.close();
});

const idOf = ({ credentials }: TestClient) => credentials.user.id;
const list = async (variables: { filter?: UserFilter; first?: number; after?: string | null }) =>
  dataOf(await admin.request(UsersDocument, variables)).users;

it("gives an admin page after page, each user once", async () => {
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const { nodes, pageInfo } = await list({ first: 3, after });
    expect(nodes.length).toBeLessThanOrEqual(3);
    expect(pageInfo.hasPreviousPage).toBe(after !== null);
    seen.push(...nodes.map(({ id }) => id));
    after = pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null;
  } while (after);
  expect(seen).toEqual([admin, ...users].map(idOf).sort());
});

it.each<[string, () => UserFilter, () => TestClient[]]>([
  ["an address, however it is written", () => ({ email: users[0]!.email.toUpperCase() }), () => [users[0]!]],
  ["an address that nobody has", () => ({ email: "nobody@test.example" }), () => []],
  ["a role", () => ({ role: "editor" }), () => [users[1]!, users[2]!]],
  ["a role that nobody has", () => ({ role: "$exists" }), () => []],
  ["disabled users", () => ({ enabled: false }), () => [users[3]!]],
  ["enabled users", () => ({ enabled: true }), () => [admin, ...users].filter((each) => each !== users[3])],
  ["several things at once", () => ({ role: "editor", enabled: true, email: users[2]!.email }), () => [users[2]!]],
  ["null for all of them", () => ({ role: null, enabled: null, email: null }), () => [admin, ...users]],
])("finds by %s", async (_, filter, found) => {
  const { nodes } = await list({ filter: filter() });
  expect(nodes.map(({ id }) => id)).toEqual(found().map(idOf).sort());
});

it.each([
  ["a page of 0", { first: 0 }, "PAGE_SIZE_INVALID"],
  ["a page of 201", { first: 201 }, "PAGE_SIZE_INVALID"],
  ["what is no cursor", { after: "not a cursor" }, "CURSOR_INVALID"],
  [
    "a cursor of another list",
    { after: Buffer.from("2026-11-24T00:00:00.000Z AAAAAAAAAAAAAAAAAAAAAA").toString("base64url") },
    "CURSOR_INVALID",
  ],
  ["what is no address", { filter: { email: "not an address" } }, "EMAIL_INVALID"],
])("refuses %s", async (_, variables, reason) => {
  expect(outcomeOf(await admin.request(UsersDocument, variables))).toBe(`400 BAD_USER_INPUT ${reason}`);
});

it("finds one user by id, and null for an id that nobody has or that is none", async () => {
  const find = async (id: string) => dataOf(await admin.request(UserDocument, { id })).user;
  expect(await find(idOf(users[1]!))).toMatchObject({ email: users[1]!.email, roles: ["editor"], enabled: true });
  for (const id of ["0".repeat(24), "nobody", "", '{"$ne":null}']) expect(await find(id)).toBeNull();
});

it("is for admins, by the roles that hold now", async () => {
  const other = await server.signUp();
  const ask = async () => [
    outcomeOf(await other.request(UsersDocument)),
    outcomeOf(await other.request(UserDocument, { id: idOf(users[0]!) })),
  ];
  expect((await ask())[0]).toBe("403 FORBIDDEN ROLE_MISSING");
  await server.grantRole(other.email, "admin");
  expect(await ask()).toEqual(["ok", "ok"]);
  await operator.set(other.email, { roles: [] });
  await vi.waitFor(async () => expect((await ask())[0]).toBe("403 FORBIDDEN ROLE_MISSING"));
  expect(outcomeOf(await send(server.url, UsersDocument))).toBe(refused("TOKEN_MISSING"));
});

it("shows a user everything of themselves that they have a use for", async () => {
  const phone = await server.signUp();
  const { me } = dataOf(await phone.request(MeInFullDocument));
  const { createdAt, lastLoginAt, passwordChangedAt } = await operator.userOf(phone.email);
  expect(me).toEqual({
    id: idOf(phone),
    email: phone.email,
    roles: [],
    scopes: [],
    enabled: true,
    createdAt: createdAt.toISOString(),
    lastLoginAt: lastLoginAt?.toISOString(),
    lastLogoutAt: null,
    passwordChangedAt: passwordChangedAt?.toISOString(),
  });
});
