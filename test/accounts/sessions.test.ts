import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import {
  createClient,
  dataOf,
  LoginDocument,
  RefreshDocument,
  SessionsDocument,
  SignupDocument,
  send,
  startTestServer,
  type TestClient,
  type TestServer,
  UsersDocument,
} from "../../src/testing/index.js";
import { outcomeOf, refused } from "../support/outcome.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ mongodbUri: inject("mongoUri") });
});
afterAll(() => server.close());

const list = async (client: TestClient, page: { first?: number; after?: string | null } = {}) =>
  dataOf(await client.request(SessionsDocument, page)).sessions;

/** A user's devices, in the order in which they signed in. */
async function devices(count: number) {
  const clients = [await server.signUp()];
  while (clients.length < count) clients.push(await clients[0]!.login());
  return clients;
}

it("shows the user's own devices, newest first, and which one asks", async () => {
  const clients = await devices(3);
  await server.signUp();
  const { nodes, totalCount } = await list(clients[1]!);
  expect(totalCount).toBe(3);
  expect(nodes.map(({ id }) => id)).toEqual(clients.map(({ credentials }) => credentials.session.id).reverse());
  expect(nodes.map(({ isCurrent }) => isCurrent)).toEqual([false, true, false]);
});

it("gives page after page, each session once", async () => {
  const clients = await devices(5);
  const seen: string[] = [];
  const flags: boolean[][] = [];
  let after: string | null = null;
  do {
    const { nodes, edges, pageInfo, totalCount } = await list(clients[0]!, { first: 2, after });
    expect(totalCount).toBe(5);
    expect(edges.at(-1)?.cursor).toBe(pageInfo.endCursor);
    seen.push(...nodes.map(({ id }) => id));
    flags.push([pageInfo.hasPreviousPage, pageInfo.hasNextPage]);
    after = pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null;
  } while (after);
  expect(seen).toEqual(clients.map(({ credentials }) => credentials.session.id).reverse());
  expect(flags).toEqual([
    [false, true],
    [true, true],
    [true, false],
  ]);
});

it("goes on from a cursor whose session was ended meanwhile", async () => {
  const clients = await devices(4);
  const { pageInfo } = await list(clients[0]!, { first: 2 });
  await clients[2]!.logout();
  const { nodes } = await list(clients[0]!, { first: 2, after: pageInfo.endCursor ?? null });
  expect(nodes.map(({ id }) => id)).toEqual(
    [clients[1]!, clients[0]!].map(({ credentials }) => credentials.session.id),
  );
});

it.each([0, -1, 201, 2_147_483_647])("refuses a page of %i", async (first) => {
  const phone = await server.signUp();
  expect(outcomeOf(await phone.request(SessionsDocument, { first }))).toBe("400 BAD_USER_INPUT PAGE_SIZE_INVALID");
});

it("refuses cursors that are none of this list", async () => {
  const phone = await server.signUp();
  await server.grantRole(phone.email, "admin");
  const ofUsers = dataOf(await phone.request(UsersDocument, { first: 1 })).users.edges[0]!.cursor;
  for (const after of ["", "not a cursor", "$where", Buffer.from("x").toString("base64url"), ofUsers]) {
    expect(outcomeOf(await phone.request(SessionsDocument, { after }))).toBe("400 BAD_USER_INPUT CURSOR_INVALID");
  }
});

it("is for those who are signed in", async () => {
  expect(outcomeOf(await send(server.url, SessionsDocument))).toBe(refused("TOKEN_MISSING"));
});

describe("what a client says of itself", () => {
  const password = "a long sentence for tests";
  const newEmail = () => `${crypto.randomUUID()}@test.example`;

  it("shows browser, system and address of whoever used the session last", async () => {
    const chrome =
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";
    const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0";
    const email = newEmail();
    const input = { email, password, deviceName: "the one in the kitchen" };
    const { signup } = dataOf(await send(server.url, SignupDocument, { input }, { headers: { "user-agent": chrome } }));
    expect(signup.session).toMatchObject({
      browser: "Chrome 126",
      os: "Windows 10",
      userAgent: chrome,
      ip: "127.0.0.1",
    });
    const refreshing = { input: { refreshToken: signup.refreshToken } };
    const { refresh } = dataOf(
      await send(server.url, RefreshDocument, refreshing, { headers: { "user-agent": firefox } }),
    );
    expect(refresh.session).toMatchObject({
      browser: "Firefox 127",
      os: "Linux",
      userAgent: firefox,
      deviceName: input.deviceName,
    });
  });

  it("cuts the user agent at 256 characters and the device's name at 100", async () => {
    const input = { email: newEmail(), password, deviceName: "n".repeat(1_000) };
    const { signup } = dataOf(
      await send(server.url, SignupDocument, { input }, { headers: { "user-agent": "u".repeat(1_000) } }),
    );
    expect(signup.session).toMatchObject({ userAgent: "u".repeat(256), deviceName: "n".repeat(100) });
  });

  it.each([
    ["at the cut", `${"n".repeat(99)}😀😀`, "n".repeat(99)],
    ["by itself", "half \ud83d of it", "half \ufffd of it"],
  ])("keeps no half of a character, %s", async (_, deviceName, kept) => {
    const input = { email: newEmail(), password, deviceName };
    const { signup } = dataOf(await send(server.url, SignupDocument, { input }));
    expect(signup.session.deviceName).toBe(kept);
  });

  it.each(["$email", "$$NOW", "$passwordHash", '{"$ne":1}', "$sessions.refreshSeed", "a.b.$[].c", "\u0000"])(
    "keeps %j as the text that it is, through sign-up, login, refresh and password change",
    async (text) => {
      const email = newEmail();
      const headers: Record<string, string> = text === "\u0000" ? {} : { "user-agent": text };
      const described = { deviceName: text, ...(text !== "\u0000" && { userAgent: text }) };
      const input = { email, password, deviceName: text };
      const { signup } = dataOf(await send(server.url, SignupDocument, { input }, { headers }));
      expect(signup.session).toMatchObject(described);
      const { login } = dataOf(await send(server.url, LoginDocument, { input }, { headers }));
      expect(login.session).toMatchObject(described);
      const refreshing = { input: { refreshToken: login.refreshToken } };
      const { refresh } = dataOf(await send(server.url, RefreshDocument, refreshing, { headers }));
      expect(refresh.session).toMatchObject(described);
      const client = createClient(server.url, { email, password }, refresh);
      await client.changePassword({ newPassword: "$passwordHash $$ROOT and more" });
      expect(client.credentials.session.deviceName).toBe(text);
      await client.changePassword({ newPassword: "another long sentence", logoutEverywhere: true });
      expect(client.credentials.session.deviceName).toBe(text);
    },
  );
});
