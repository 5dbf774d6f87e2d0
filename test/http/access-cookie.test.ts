import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accessCookie, refreshCookie } from "../../src/graphql/cookies.js";
import { openSocket, refusalOf } from "../sockets/support.js";
import { startWholeServer } from "./support.js";

const app = "https://app.example.org";
const password = "a long sentence that is mine";
const fields = "{ accessToken refreshToken accessTokenExpiresAt }";
const me = "{ me { email } }";

describe.each(["random", "jwt"])("a server with AUTH_COOKIES whose tokens are kept in a store: %s", (format) => {
  let server: Awaited<ReturnType<typeof startWholeServer>>;
  let next = 0;
  beforeAll(async () => {
    server = await startWholeServer({
      AUTH_COOKIES: "on",
      CORS_ORIGINS: app,
      REVOCATION_STRATEGY: "opaque",
      OPAQUE_FORMAT: format,
    });
  });
  afterAll(() => server.close());

  const ask = (query: string, headers: Record<string, string> = {}, variables = {}) =>
    server.client.query(query, variables, headers);
  /** What a browser sends from now on. */
  const jar = (headers: Headers) =>
    headers
      .getSetCookie()
      .map((cookie) => cookie.split(";", 1)[0])
      .join("; ");
  const accessOnly = (cookie: string) => cookie.split("; ").find((each) => each.startsWith("__Host-muster_access"))!;
  const reasonOf = ({ status, answer }: Awaited<ReturnType<typeof ask>>) =>
    `${status} ${answer.errors?.[0]?.extensions.reason ?? "ok"}`;

  async function signedUp() {
    const email = `access-cookie${next++}@example.org`;
    const { answer, headers } = await ask(
      `mutation ($input: SignupInput!) { signup(input: $input) ${fields} }`,
      {},
      { input: { email, password } },
    );
    return { email, payload: answer.data?.signup as Record<string, unknown>, headers, cookie: jar(headers) };
  }

  test("hands both tokens out as cookies alone", async () => {
    const { payload, headers } = await signedUp();
    expect(payload).toMatchObject({ accessToken: "", refreshToken: null });
    const [first, second, ...others] = headers.getSetCookie();
    expect(others).toEqual([]);
    const form = /=[\w.-]+; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Strict$/;
    expect(first).toMatch(form);
    expect(second).toMatch(form);
    expect([first, second].map((cookie) => cookie?.split("=", 1)[0])).toEqual([
      "__Host-muster_refresh",
      "__Host-muster_access",
    ]);
    const [maxAge] = /(?<=Max-Age=)\d+/.exec(second ?? "") ?? [];
    expect(Number(maxAge)).toBeGreaterThan(890);
    expect(Number(maxAge)).toBeLessThanOrEqual(900);
  });

  test("admits by the cookie, from its own origin, a listed one, and where there is none", async () => {
    const { cookie, email } = await signedUp();
    const origins: Record<string, string>[] = [{}, { origin: server.origin }, { origin: app }];
    for (const headers of origins) {
      const { status, answer } = await ask(me, { cookie, ...headers });
      expect(status).toBe(200);
      expect(answer.data).toEqual({ me: { email } });
    }
  });

  test.each(["https://evil.example.org", "null", "http://app.example.org"])(
    "refuses it from the origin %s for every operation, queries included",
    async (origin) => {
      const { cookie } = await signedUp();
      for (const headers of [{ cookie }, { cookie: accessOnly(cookie) }]) {
        for (const query of [
          me,
          "{ __typename }",
          "mutation { logout { revokedCount } }",
          "mutation { refresh(input: {}) { accessToken } }",
        ])
          expect(reasonOf(await ask(query, { ...headers, origin }))).toBe("403 ORIGIN_NOT_ALLOWED");
      }
      expect(reasonOf(await ask(me, { cookie }))).toBe("200 ok");
    },
  );

  test("reads no cookie from a GET of another site either", async () => {
    const { cookie } = await signedUp();
    const get = (headers: Record<string, string>) =>
      fetch(`${server.url}?query=${encodeURIComponent(me)}`, {
        headers: { "content-type": "application/json", cookie, ...headers },
      });
    expect((await get({ origin: "https://evil.example.org" })).status).toBe(403);
    expect((await get({ origin: app })).status).toBe(200);
  });

  test("counts the header where both come, also where it is bad", async () => {
    const [one, two] = [await signedUp(), await signedUp()];
    const token = accessOnly(two.cookie).slice("__Host-muster_access=".length);
    const both = await ask(me, { cookie: one.cookie, authorization: `Bearer ${token}` });
    expect(both.answer.data).toEqual({ me: { email: two.email } });
    expect(reasonOf(await ask(me, { cookie: one.cookie, authorization: "Bearer nothing" }))).toBe("401 TOKEN_INVALID");
    const other = await ask(me, { cookie: one.cookie, authorization: "Basic YTpi" });
    expect(other.answer.data).toEqual({ me: { email: one.email } });
  });

  test("takes two such cookies, or one that is none of ours, for none or refuses it", async () => {
    const { cookie } = await signedUp();
    const access = accessOnly(cookie);
    expect(reasonOf(await ask(me, { cookie: `${access}; ${access}` }))).toBe("401 TOKEN_MISSING");
    expect(reasonOf(await ask(me, { cookie: "__Host-muster_access=abc" }))).toBe("401 TOKEN_INVALID");
    const refreshToken = cookie.split("; ").find((each) => each.startsWith("__Host-muster_refresh"))!;
    const crossed = refreshToken.replace("muster_refresh", "muster_access");
    expect(reasonOf(await ask(me, { cookie: crossed }))).toBe("401 TOKEN_INVALID");
  });

  test("signs in over a dead cookie", async () => {
    const { email } = await signedUp();
    const input = { email, password };
    const login = `mutation ($input: LoginInput!) { login(input: $input) ${fields} }`;
    const { status, headers } = await ask(login, { cookie: "__Host-muster_access=abc" }, { input });
    expect(status).toBe(200);
    expect(reasonOf(await ask(me, { cookie: jar(headers) }))).toBe("200 ok");
  });

  test.each([
    ["refresh", "mutation { refresh(input: {}) { accessToken refreshToken } }", "200 ok"],
    [
      "changePassword",
      `mutation { changePassword(input: { currentPassword: "${password}", newPassword: "another long sentence" }) { accessToken refreshToken } }`,
      "401 TOKEN_SUPERSEDED",
    ],
  ])("replaces both by %s", async (name, mutation, oldIsWorth) => {
    const { cookie } = await signedUp();
    const { answer, headers } = await ask(mutation, { cookie });
    expect(answer.data?.[name]).toEqual({ accessToken: "", refreshToken: null });
    const renewed = jar(headers);
    expect(renewed.split("; ")).toHaveLength(2);
    expect(accessOnly(renewed)).not.toBe(accessOnly(cookie));
    expect(reasonOf(await ask(me, { cookie: renewed }))).toBe("200 ok");
    expect(reasonOf(await ask(me, { cookie }))).toBe(oldIsWorth);
  });

  test.each([
    ["logout", "mutation { logout { revokedCount } }"],
    ["logoutEverywhere", "mutation { logoutEverywhere { revokedCount } }"],
  ])("clears both by %s, and the token is dead", async (_, mutation) => {
    const { cookie } = await signedUp();
    const { status, headers } = await ask(mutation, { cookie });
    expect(status).toBe(200);
    expect(headers.getSetCookie()).toEqual([refreshCookie.cleared(), accessCookie.cleared()]);
    expect(reasonOf(await ask(me, { cookie }))).toBe("401 SESSION_REVOKED");
    const failed = await ask("mutation { refresh(input: {}) { accessToken } }", { cookie });
    expect(reasonOf(failed)).toBe("401 REFRESH_INVALID");
    expect(failed.headers.getSetCookie()).toEqual([refreshCookie.cleared(), accessCookie.cleared()]);
  });

  test("opens a WebSocket by the cookie, which ends with the session", async () => {
    const { cookie, email } = await signedUp();
    const socket = await openSocket(server.url, { headers: { cookie, origin: app } });
    socket.send({ type: "connection_init" });
    await socket.receive("connection_ack");
    expect(await socket.subscribe(me).next()).toEqual({ data: { me: { email } } });
    expect((await ask("mutation { logout { revokedCount } }", { cookie })).status).toBe(200);
    expect(await socket.closed).toMatchObject({ code: 4401 });
    await expect(openSocket(server.url, { headers: { cookie, origin: "https://evil.example.org" } })).rejects.toThrow(
      "403",
    );
  });
});

test("a server with AUTH_COOKIES and another strategy takes no access token from a cookie", async () => {
  const server = await startWholeServer({ AUTH_COOKIES: "on" });
  const input = { email: "no-access-cookie@example.org", password };
  const { answer, headers } = await server.client.query(
    `mutation ($input: SignupInput!) { signup(input: $input) ${fields} }`,
    { input },
  );
  const { accessToken } = answer.data!.signup as { accessToken: string };
  expect(headers.getSetCookie()).toHaveLength(1);
  const { status } = await server.client.query(me, {}, { cookie: `__Host-muster_access=${accessToken}` });
  expect(status).toBe(401);
  await server.close();
});

test("a WebSocket shows an opaque token as any other, and is told when its session ends", async () => {
  const server = await startWholeServer({ REVOCATION_STRATEGY: "opaque" });
  const input = { email: "socket@example.org", password };
  const { answer } = await server.client.query(
    `mutation ($input: SignupInput!) { signup(input: $input) { accessToken refreshToken } }`,
    { input },
  );
  const { accessToken, refreshToken } = answer.data!.signup as { accessToken: string; refreshToken: string };
  const socket = await openSocket(server.url);
  socket.send({ type: "connection_init", payload: { authorization: `Bearer ${accessToken}` } });
  await socket.receive("connection_ack");
  const ended = socket.subscribe("subscription { sessionEnded { reason } }").next();
  expect(await socket.subscribe(me).next()).toEqual({ data: { me: { email: input.email } } });
  const refreshed = await server.client.query(
    "mutation ($input: RefreshInput!) { refresh(input: $input) { accessToken } }",
    { input: { refreshToken } },
  );
  const renewed = (refreshed.answer.data!.refresh as { accessToken: string }).accessToken;
  await socket.renew(renewed);
  expect(socket.isOpen()).toBe(true);
  await server.client.query("mutation { logout { revokedCount } }", {}, { authorization: `Bearer ${renewed}` });
  expect(await ended).toEqual({ data: { sessionEnded: { reason: "LOGGED_OUT" } } });
  expect(await socket.closed).toMatchObject({ code: 4401 });
  expect(await refusalOf(server.url, accessToken)).toMatchObject({ code: 4401 });
  await server.close();
});
