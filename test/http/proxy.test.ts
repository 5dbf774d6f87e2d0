import { afterEach, describe, expect, test } from "vitest";
import { dataOf, SignupDocument, send } from "../../src/testing/index.js";
import { startWholeServer } from "./support.js";

describe("the client's address", () => {
  let server: Awaited<ReturnType<typeof startWholeServer>>;
  afterEach(() => server.close());

  async function seenAs(forwarded: string): Promise<unknown> {
    const input = { email: `${crypto.randomUUID()}@example.org`, password: "a long sentence that is mine" };
    const headers = { "x-forwarded-for": forwarded };
    return dataOf(await send(server.url, SignupDocument, { input }, { headers })).signup.session.ip;
  }

  test("is the connection's where no proxy is trusted", async () => {
    server = await startWholeServer();
    expect(await seenAs("203.0.113.7")).toBe("127.0.0.1");
  });

  test("is so many hops away where hops are trusted, and no further", async () => {
    server = await startWholeServer({ TRUST_PROXY: "1" });
    expect(await seenAs("203.0.113.7")).toBe("203.0.113.7");
    expect(await seenAs("198.51.100.1, 203.0.113.7")).toBe("203.0.113.7");
  });

  test("is the last one that is no trusted proxy where addresses are trusted", async () => {
    server = await startWholeServer({ TRUST_PROXY: "127.0.0.1,10.0.0.0/8" });
    expect(await seenAs("198.51.100.1, 203.0.113.7, 10.1.2.3")).toBe("203.0.113.7");
  });

  test("is nothing else than an address", async () => {
    server = await startWholeServer({ TRUST_PROXY: "1", RATE_LIMITS: "on" });
    expect(await seenAs("not-an-address")).toBe("127.0.0.1");
    expect(await seenAs("<script>, ")).toBe("127.0.0.1");
  });

  test("goes with the host that it asked for: the server's own origin is that of its proxy", async () => {
    server = await startWholeServer({ TRUST_PROXY: "1", AUTH_COOKIES: "on" });
    const cookie = "__Host-muster_refresh=a.b.0.c";
    const forwarded = { cookie, "x-forwarded-host": "auth.example.org", "x-forwarded-proto": "https" };
    const ask = async (origin: string) =>
      (await server.client.query("{ __typename }", {}, { ...forwarded, origin })).status;
    expect(await ask("https://auth.example.org")).toBe(200);
    expect(await ask("http://auth.example.org")).toBe(403);
    expect(await ask(server.origin)).toBe(403);
  });
});
