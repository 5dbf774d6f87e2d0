import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startWholeServer } from "./support.js";

const app = "https://app.example.org";

describe("headers", () => {
  let server: Awaited<ReturnType<typeof startWholeServer>>;
  beforeAll(async () => {
    server = await startWholeServer({ CORS_ORIGINS: `${app},https://other.example.org`, PLAYGROUND: "on" });
  });
  afterAll(() => server.close());

  test.each([
    "/graphql",
    "/",
    "/health/live",
    "/health/ready",
    "/.well-known/jwks.json",
    "/playground/playground.js",
    "/nowhere",
  ])("that keep browsers from misusing an answer are on %s", async (path) => {
    const response = await fetch(server.origin + path, { redirect: "manual" });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      "content-security-policy": expect.stringContaining("default-src 'none'"),
      "x-request-id": expect.any(String),
    });
  });

  test("a listed origin may read answers, and the headers that matter", async () => {
    const { headers, status } = await server.client.query("{ me { id } }", {}, { origin: app });
    expect(status).toBe(401);
    expect(headers.get("access-control-allow-origin")).toBe(app);
    expect(headers.get("access-control-expose-headers")).toBe(
      "www-authenticate, retry-after, x-request-id, muster-access-token",
    );
    expect(headers.get("vary")).toContain("Origin");
    // without cookies nothing is sent along
    expect(headers.get("access-control-allow-credentials")).toBeNull();
  });

  test.each([`${app}.evil.org`, `${app}:8443`, "http://app.example.org", "null", "https://APP.example.org", "*"])(
    "%s may not",
    async (origin) => {
      const { headers } = await server.client.query("{ __typename }", {}, { origin });
      expect(headers.get("access-control-allow-origin")).toBeNull();
      expect(headers.get("vary")).toContain("Origin");
    },
  );

  test("answers that never reached GraphQL can be read as well", async () => {
    const { headers, status } = await server.client.send("{", { origin: app });
    expect(status).toBe(400);
    expect(headers.get("access-control-allow-origin")).toBe(app);
  });

  test("a preflight is answered for listed origins only", async () => {
    const preflight = (origin: string) =>
      fetch(server.url, {
        method: "OPTIONS",
        headers: {
          origin,
          "access-control-request-method": "POST",
          "access-control-request-headers": "authorization,content-type",
        },
      });
    const allowed = await preflight(app);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get("access-control-allow-origin")).toBe(app);
    expect(allowed.headers.get("access-control-allow-methods")).toBe("GET, POST, OPTIONS");
    expect(allowed.headers.get("access-control-allow-headers")).toMatch(/authorization, content-type/);
    expect(Number(allowed.headers.get("access-control-max-age"))).toBeGreaterThan(0);

    const refused = await preflight("https://evil.example.org");
    expect(refused.status).toBe(204);
    expect([...refused.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  test.each(["4bf92f3577b34da6a3ce929d0e0e4736", "7b1f2c1e-1d8c-4a43-9f0e-0d1c2b3a4f5e", "0123456789abcdef"])(
    "a well-formed request id is kept: %s",
    async (id) => {
      const { headers } = await server.client.query("{ __typename }", {}, { "x-request-id": id });
      expect(headers.get("x-request-id")).toBe(id);
    },
  );

  test.each(["", "hunter2", "a b", "x".repeat(400), "0123", "secret-of-mine-0123456789"])(
    "any other is replaced: %j",
    async (id) => {
      const { headers } = await server.client.query("{ __typename }", {}, { "x-request-id": id });
      expect(headers.get("x-request-id")).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    },
  );

  test("the log has one line for a request, under its id, without its words", async () => {
    const { headers } = await server.client.send(
      { query: "query Canary { __typename }", operationName: "Canary", variables: { canary: 1 } },
      { "x-canary": "canary" },
    );
    await server.client.query("{ __typename }");
    const lines = server.parsed().filter(({ reqId }) => reqId === headers.get("x-request-id"));
    expect(lines).toEqual([
      {
        level: 30,
        time: expect.any(String),
        pid: process.pid,
        reqId: headers.get("x-request-id"),
        method: "POST",
        route: "/graphql",
        status: 200,
        ms: expect.any(Number),
        msg: "request",
      },
    ]);
    expect(server.text()).not.toMatch(/canary/i);
  });

  test("a route that there is not is 404 in GraphQL's shape", async () => {
    for (const path of [
      "/nowhere",
      "/graphql/",
      "/graphql/more",
      "/GraphQL",
      "/playground/../package.json",
      "/playground/%2e%2e%2fpackage.json",
      "/health",
    ]) {
      const response = await fetch(server.origin + path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      });
      expect(response.status, path).toBe(404);
      expect(await response.json()).toEqual({
        errors: [{ message: "There is nothing here.", extensions: { code: "BAD_REQUEST" } }],
      });
    }
  });

  test("the root leads to GraphQL", async () => {
    const response = await fetch(`${server.origin}/`, { redirect: "manual" });
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe("/graphql");
  });

  test("a symmetric key is nowhere to be had", async () => {
    const response = await fetch(`${server.origin}/.well-known/jwks.json`);
    expect(response.status).toBe(404);
  });
});

describe("the playground", () => {
  let server: Awaited<ReturnType<typeof startWholeServer>>;
  beforeAll(async () => {
    server = await startWholeServer();
  });
  afterAll(() => server.close());

  const browser = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

  test("is a page for browsers, which runs nothing inline and asks no other host", async () => {
    const response = await fetch(server.url, { headers: browser });
    const page = await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(policy).toContain("script-src 'self'");
    expect(page).not.toMatch(/https?:\/\//);
    expect(page).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=| style=/);
  });

  test("has every file that its page names", async () => {
    const page = await (await fetch(server.url, { headers: browser })).text();
    const paths = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] as string);
    expect(paths).toHaveLength(7);
    for (const path of paths) {
      const plain = await fetch(server.origin + path, { headers: { "accept-encoding": "identity" } });
      const body = Buffer.from(await plain.arrayBuffer());
      expect(plain.status, path).toBe(200);
      expect(plain.headers.get("content-encoding")).toBeNull();
      expect(plain.headers.get("etag")).toBe(`"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`);
      const zipped = await fetch(server.origin + path, { headers: { "accept-encoding": "gzip" } });
      expect(zipped.headers.get("content-encoding")).toBe("gzip");
      expect(Buffer.from(await zipped.arrayBuffer()).equals(body)).toBe(true);
      const again = await fetch(server.origin + path, {
        headers: { "if-none-match": plain.headers.get("etag") as string },
      });
      expect(again.status).toBe(304);
    }
  });

  test("is not there when it is off", async () => {
    const without = await startWholeServer({ PLAYGROUND: "off" });
    expect((await fetch(`${without.origin}/playground/graphiql.js`)).status).toBe(404);
    const response = await fetch(without.url, { headers: browser });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "BAD_REQUEST" } }] });
    await without.close();
  });
});
