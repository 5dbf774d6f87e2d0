import { describe, expect, test } from "vitest";
import { MusterError } from "../../src/errors.js";
import { serveSchema } from "./support.js";

const ready = { status: "ready", authState: { mode: "leased", freshForMs: 800 } };
const schema = { typeDefs: "type Query { a: Int @public }", resolvers: {} };
const probe = async (origin: string, name: string) => {
  const response = await fetch(`${origin}/health/${name}`);
  return { status: response.status, body: await response.json(), stored: response.headers.get("cache-control") };
};

describe("health", () => {
  test("is live and ready while the store answers", async () => {
    const { origin, drain } = await serveSchema(schema);
    expect(await probe(origin, "live")).toEqual({ status: 200, body: { status: "live" }, stored: "no-store" });
    expect(await probe(origin, "ready")).toEqual({ status: 200, body: ready, stored: "no-store" });
    await drain();
  });

  test("is live and not ready while it does not, and ready again when it does", async () => {
    let down = true;
    const { origin, drain } = await serveSchema(schema, {
      served: {
        async ping() {
          if (down) throw new MusterError("STORE_UNREACHABLE");
        },
      },
    });
    expect((await probe(origin, "live")).status).toBe(200);
    expect(await probe(origin, "ready")).toMatchObject({ status: 503, body: { status: "store unreachable" } });
    down = false;
    expect((await probe(origin, "ready")).status).toBe(200);
    await drain();
  });

  test("asks the store once for probes that come together, and gives it less than a second", async () => {
    const limits: (number | undefined)[] = [];
    let answer: () => void = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    let handled = 0;
    const { app, drain } = await serveSchema(schema, {
      served: {
        ping(limitMs) {
          limits.push(limitMs);
          return answered;
        },
      },
      options: {},
    });
    // without a network between, so that all of them are there before the store answers
    const probes = Array.from({ length: 20 }, () =>
      app.inject("/health/ready").then(({ statusCode }) => ({ statusCode, order: handled++ })),
    );
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    expect(handled).toBe(0);
    answer();
    expect((await Promise.all(probes)).every(({ statusCode }) => statusCode === 200)).toBe(true);
    expect(limits).toEqual([expect.any(Number)]);
    expect(limits[0]).toBeLessThan(1_000);
    await drain();
  });

  test("has the public keys for anyone", async () => {
    const keys = { keys: [{ kty: "EC", crv: "P-256", x: "x", y: "y", kid: "k", use: "sig", alg: "ES256" }] };
    const { origin, drain } = await serveSchema(schema, { served: { jwks: () => keys as never } });
    const response = await fetch(`${origin}/.well-known/jwks.json`, {
      headers: { origin: "https://anyone.example.org" },
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(keys);
    expect(response.headers.get("content-type")).toBe("application/jwk-set+json; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("public, max-age=300");
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    await drain();
  });
});
