import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isOriginAllowed, refreshCookie } from "../../src/graphql/cookies.js";
import {
  ChangePasswordDocument,
  dataOf,
  LogoutDocument,
  LogoutEverywhereDocument,
  LogoutOthersDocument,
  LogoutSessionDocument,
  SignupDocument,
  send,
} from "../../src/testing/index.js";
import { openOperator } from "../support/operator.js";
import { ownDatabaseUri, startWholeServer } from "./support.js";

const token = "user.session.7.mac-mac_mac";

describe("the refresh token's cookie", () => {
  test("is for this host alone, out of reach of scripts, never sent over plain HTTP or across sites", () => {
    expect(refreshCookie.set(token, { maxAgeSeconds: 60.9 })).toBe(
      `__Host-muster_refresh=${token}; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Strict`,
    );
    expect(refreshCookie.cleared()).toBe(
      "__Host-muster_refresh=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict",
    );
  });

  test("has no place for what a cookie can't hold", () => {
    for (const bad of ["", "a;b", "a b", "a,b", 'a"b', "a\r\nset-cookie: x=1"]) {
      expect(() => refreshCookie.set(bad, { maxAgeSeconds: 1 })).toThrow(TypeError);
    }
  });

  test.each<[string, string | undefined, string | null]>([
    ["no header", undefined, null],
    ["an empty header", "", null],
    ["other cookies", "a=1; b=2", null],
    ["it alone", `__Host-muster_refresh=${token}`, token],
    ["it among others", `a=1; __Host-muster_refresh=${token};b=2`, token],
    ["a name that ends like it", `x__Host-muster_refresh=${token}`, null],
    ["a name that begins like it", `__Host-muster_refresh2=${token}`, null],
    ["another case", `__host-muster_refresh=${token}`, null],
    ["nothing in it", "__Host-muster_refresh=", null],
    ["two of it", `__Host-muster_refresh=${token}; __Host-muster_refresh=${token}`, null],
    ["quotes", `__Host-muster_refresh="${token}"`, null],
    ["more than any token has", `__Host-muster_refresh=${"a".repeat(1_025)}`, null],
  ])("is read from %s", (_, header, expected) => {
    expect(refreshCookie.read(header)).toBe(expected);
  });

  test("is read from any header without a failure, and only as a token can be", () => {
    const piece = fc.oneof(fc.string(), fc.constantFrom("__Host-muster_refresh", "=", ";", " ", token));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        expect(refreshCookie.read(pieces.join("")) ?? "a").toMatch(/^[\w.~-]+$/);
      }),
    );
  });

  test.each<[string, Parameters<typeof isOriginAllowed>[0], boolean]>([
    ["no origin", { origin: undefined, host: "a.example", protocol: "https", corsOrigins: [] }, true],
    ["its own", { origin: "https://a.example", host: "a.example", protocol: "https", corsOrigins: [] }, true],
    [
      "its own, with a port",
      { origin: "http://127.0.0.1:4000", host: "127.0.0.1:4000", protocol: "http", corsOrigins: [] },
      true,
    ],
    [
      "its own, in capitals and with the usual port",
      { origin: "https://a.example", host: "A.Example:443", protocol: "https", corsOrigins: [] },
      true,
    ],
    ["another protocol", { origin: "http://a.example", host: "a.example", protocol: "https", corsOrigins: [] }, false],
    [
      "another port",
      { origin: "https://a.example:8443", host: "a.example", protocol: "https", corsOrigins: [] },
      false,
    ],
    ["a subdomain", { origin: "https://b.a.example", host: "a.example", protocol: "https", corsOrigins: [] }, false],
    [
      "a listed one",
      { origin: "https://app.example", host: "a.example", protocol: "https", corsOrigins: ["https://app.example"] },
      true,
    ],
    [
      "one that begins like a listed one",
      {
        origin: "https://app.example.evil",
        host: "a.example",
        protocol: "https",
        corsOrigins: ["https://app.example"],
      },
      false,
    ],
    ["null", { origin: "null", host: "a.example", protocol: "https", corsOrigins: [] }, false],
    ["no host", { origin: "https://a.example", host: undefined, protocol: "https", corsOrigins: [] }, false],
    ["a host that is none", { origin: "null", host: "[", protocol: "https", corsOrigins: [] }, false],
  ])("may come from %s: %s", (_, request, expected) => {
    expect(isOriginAllowed(request)).toBe(expected);
  });
});

describe("a server with AUTH_COOKIES", () => {
  const app = "https://app.example.org";
  const refresh = "mutation { refresh(input: {}) { accessToken refreshToken } }";
  const password = "a long sentence that is mine";
  let server: Awaited<ReturnType<typeof startWholeServer>>;
  let next = 0;
  let mongodbUri: string;
  beforeAll(async () => {
    mongodbUri = ownDatabaseUri();
    server = await startWholeServer({ AUTH_COOKIES: "on", CORS_ORIGINS: app, MONGODB_URI: mongodbUri });
  });
  afterAll(() => server.close());

  async function signedUp() {
    const input = { email: `cookie${next++}@example.org`, password };
    const answer = await send(server.url, SignupDocument, { input });
    const [setCookie = ""] = answer.headers.getSetCookie();
    return { payload: dataOf(answer).signup, setCookie, cookie: setCookie.split(";", 1)[0] as string };
  }

  test("hands the refresh token out as the cookie alone", async () => {
    const { payload, setCookie } = await signedUp();
    expect(payload.refreshToken).toBeNull();
    expect(payload.refreshTokenExpiresAt).toEqual(expect.any(String));
    expect(setCookie).toMatch(
      /^__Host-muster_refresh=[\w.-]+; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
  });

  test("refreshes by the cookie, and replaces it", async () => {
    const { cookie } = await signedUp();
    const { status, answer, headers } = await server.client.query(refresh, {}, { cookie });
    expect(status).toBe(200);
    expect(answer.data).toEqual({ refresh: { accessToken: expect.any(String), refreshToken: null } });
    expect(headers.getSetCookie()[0]).toMatch(/^__Host-muster_refresh=[\w.-]+; Max-Age=\d+;/);
    expect(headers.getSetCookie()[0]).not.toContain(cookie);
  });

  test.each(["https://evil.example.org", "null", "http://app.example.org"])(
    "refuses it from the origin %s, and nothing happens",
    async (origin) => {
      const { cookie } = await signedUp();
      const refused = await server.client.query(refresh, {}, { cookie, origin });
      expect(refused.status).toBe(403);
      expect(refused.answer.errors?.[0]?.extensions).toEqual({ code: "FORBIDDEN", reason: "ORIGIN_NOT_ALLOWED" });
      expect(refused.headers.get("access-control-allow-origin")).toBeNull();
      expect((await server.client.query(refresh, {}, { cookie })).status).toBe(200);
    },
  );

  test("takes it from its own origin and from a listed one", async () => {
    for (const origin of [server.origin, app]) {
      const { cookie } = await signedUp();
      expect((await server.client.query(refresh, {}, { cookie, origin })).status).toBe(200);
    }
  });

  test("lets browsers of listed origins send it", async () => {
    const { headers } = await server.client.query("{ __typename }", {}, { origin: app });
    expect(headers.get("access-control-allow-credentials")).toBe("true");
  });

  test.each(["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"])(
    "a simple cross-site form does nothing: %s",
    async (type) => {
      const { cookie } = await signedUp();
      const { status } = await server.client.send(JSON.stringify({ query: refresh }), { cookie, "content-type": type });
      expect(status).toBe(415);
    },
  );

  const set = expect.stringMatching(/^__Host-muster_refresh=[\w.-]+; Max-Age=\d+;/);
  const cleared = refreshCookie.cleared();
  const current = { currentPassword: password, newPassword: "another long sentence of mine" };

  test.each<[string, TypedDocumentNode<unknown, never>, (id: string) => object, unknown[]]>([
    ["logout", LogoutDocument, () => ({}), [cleared]],
    ["logoutEverywhere", LogoutEverywhereDocument, () => ({}), [cleared]],
    ["logoutSession of the own session", LogoutSessionDocument, (id) => ({ id }), [cleared]],
    ["logoutSession of another session", LogoutSessionDocument, () => ({ id: "another" }), []],
    ["logoutOthers", LogoutOthersDocument, () => ({}), []],
    ["changePassword", ChangePasswordDocument, () => ({ input: current }), [set]],
    [
      "changePassword with logoutEverywhere",
      ChangePasswordDocument,
      () => ({ input: { ...current, logoutEverywhere: true } }),
      [set],
    ],
    [
      "changePassword with the wrong password",
      ChangePasswordDocument,
      () => ({ input: { ...current, currentPassword: "not the password" } }),
      [],
    ],
  ])("by %s is cleared, replaced or kept", async (_, document, variables, expected) => {
    const { payload, cookie } = await signedUp();
    const { accessToken: token, session } = payload;
    const { headers } = await send(server.url, document, variables(session.id) as never, {
      token,
      headers: { cookie },
    });
    expect(headers.getSetCookie()).toEqual(expected);
    const changed = expected[0] === set ? headers.getSetCookie()[0]!.split(";", 1)[0]! : cookie;
    const after = await server.client.query(refresh, {}, { cookie: changed });
    expect(after.status).toBe(expected[0] === cleared ? 401 : 200);
    if (changed !== cookie) expect((await server.client.query(refresh, {}, { cookie })).status).toBe(401);
  });

  test("is cleared by its reuse, which ends its session, and by a refresh that finds it dead", async () => {
    const { cookie, payload } = await signedUp();
    expect((await server.client.query(refresh, {}, { cookie })).status).toBe(200);
    const operator = await openOperator(mongodbUri);
    await operator.ageRotation(payload.user.email, payload.session.id, 60);
    await operator.close();
    for (const reason of ["REFRESH_REUSED", "REFRESH_INVALID"]) {
      const { answer, headers } = await server.client.query(refresh, {}, { cookie });
      expect(answer.errors?.[0]?.extensions).toEqual({ code: "UNAUTHENTICATED", reason });
      expect(headers.getSetCookie()).toEqual([cleared]);
    }
  });
});
