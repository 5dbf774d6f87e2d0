import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mongoose from "mongoose";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Config, parseConfig } from "../src/config.js";
import { startServer } from "../src/server.js";
import { StoreUnfitError } from "../src/store/prepare.js";
import { MeDocument, SignupDocument, send, startTestServer } from "../src/testing/index.js";
import { captureLog, ownDatabaseUri } from "./http/support.js";

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

const configOf = (environment: Record<string, string>): Config =>
  parseConfig({
    JWT_SECRET: "a secret of more than thirty-two bytes for tests",
    PORT: "0",
    RATE_LIMITS: "off",
    ...environment,
  });

async function start(environment: Record<string, string>) {
  const captured = captureLog();
  const server = await startServer(configOf(environment), {
    log: captured.log,
    overrides: { hashing: { memoryKiB: 1024, timeCost: 2 } },
  });
  opened.push(() => server.close());
  return { ...server, ...captured, origin: server.url.replace("/graphql", "") };
}

/** A port in front of the database that can be shut and opened. */
async function startDoor(target: { host: string; port: number }) {
  const { connect } = await import("node:net");
  const sockets = new Set<Socket>();
  let isOpen = false;
  const door: Server = createServer((client) => {
    if (!isOpen) return void client.destroy();
    const server = connect(target);
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    }
    client.pipe(server).pipe(client);
  });
  await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
  opened.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => door.close(resolve));
  });
  const { port } = door.address() as { port: number };
  return {
    port,
    open: () => {
      isOpen = true;
    },
    shut: () => {
      isOpen = false;
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function usersOf(uri: string) {
  const connection = await mongoose.createConnection(uri).asPromise();
  opened.push(() => connection.close());
  return connection.collection("users");
}

const input = { email: "ada@example.org", password: "a lantern over quiet water" };

describe("startServer", () => {
  test("starts, serves and ends", async () => {
    const { url, port, close, origin, ready } = await start({ MONGODB_URI: ownDatabaseUri() });
    await ready();
    expect(url).toBe(`http://127.0.0.1:${port}/graphql`);
    expect((await send(url, SignupDocument, { input })).status).toBe(200);
    expect((await fetch(`${origin}/health/ready`)).status).toBe(200);
    await close();
    await expect(fetch(url)).rejects.toThrow();
    await close();
  });

  test("signs with a key file, and shows its public half", async () => {
    const folder = await mkdtemp(join(tmpdir(), "muster-key-"));
    opened.push(() => rm(folder, { recursive: true }));
    const path = join(folder, "key.pem");
    await writeFile(
      path,
      generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }),
    );
    const captured = captureLog();
    const config = parseConfig({ MONGODB_URI: ownDatabaseUri(), JWT_PRIVATE_KEY_FILE: path, PORT: "0" });
    const server = await startServer(config, { log: captured.log });
    opened.push(() => server.close());
    const { keys } = (await (await fetch(server.url.replace("/graphql", "/.well-known/jwks.json"))).json()) as {
      keys: Record<string, string>[];
    };
    expect(keys).toEqual([
      expect.objectContaining({ kty: "EC", crv: "P-256", alg: "ES256", use: "sig", kid: expect.any(String) }),
    ]);
    expect(keys[0]).not.toHaveProperty("d");
  });

  test("listens and answers 503 while the database can't be reached, and works when it can", async () => {
    const uri = ownDatabaseUri();
    const [, host = "", port = ""] = /\/\/([^:/,]+):(\d+)/.exec(uri) ?? [];
    const door = await startDoor({ host, port: Number(port) });
    const throughDoor = uri.replace(/\/\/[^/]+/, `//127.0.0.1:${door.port}`).replace(/\?.*$/, "?directConnection=true");
    const { url, origin, text } = await start({ MONGODB_URI: throughDoor });

    const startedAt = performance.now();
    const answers = await Promise.all([
      send(url, SignupDocument, { input }),
      send(url, MeDocument, {}),
      send(url, MeDocument, {}, { token: "not.a.token" }),
    ]);
    for (const { status, data, errors, headers } of answers) {
      expect(status).toBe(503);
      expect(data).toBeUndefined();
      expect(errors[0]?.extensions).toEqual({ code: "SERVICE_UNAVAILABLE", reason: "STORE_UNREACHABLE" });
      expect(headers.get("retry-after")).toBe("1");
    }
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect((await fetch(`${origin}/health/live`)).status).toBe(200);
    expect((await fetch(`${origin}/health/ready`)).status).toBe(503);
    expect(text()).toContain("the database can't be reached: trying again");

    door.open();
    await expect.poll(async () => (await fetch(`${origin}/health/ready`)).status, { timeout: 15_000 }).toBe(200);
    expect((await send(url, SignupDocument, { input })).data).toMatchObject({
      signup: { user: { email: input.email } },
    });
  });

  test("does not start where two users have one address, and says which", async () => {
    const uri = ownDatabaseUri();
    const users = await usersOf(uri);
    const { insertedIds } = await users.insertMany([{ email: "a@example.org" }, { email: "a@example.org" }]);
    const failure = await start({ MONGODB_URI: uri }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StoreUnfitError);
    expect((failure as Error).message).toContain(String(insertedIds[0]));
  });

  test("does not start where its port is taken", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    opened.push(() => new Promise((resolve) => taken.close(resolve)));
    const { port } = taken.address() as { port: number };
    await expect(start({ MONGODB_URI: ownDatabaseUri(), PORT: String(port) })).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
  });

  test.each([
    "mongodb://user:hunter2@",
    "mongodb://user:hunter2@[/x",
    "mongodb://user:hunter2@127.0.0.1:1/?nonsense=1",
  ])("does not start on an address that the driver does not take, and does not repeat it: %s", async (uri) => {
    const failure = (await start({ MONGODB_URI: uri }).catch((error: unknown) => error)) as Error;
    expect(failure.message).toMatch(/^MONGODB_URI\b/);
    expect(failure.message).not.toContain("hunter2");
  });

  test("does not start in production with hashing that is cheaper than the default", async () => {
    const production = { MONGODB_URI: ownDatabaseUri(), NODE_ENV: "production" };
    await expect(start(production)).rejects.toThrow("hashed more cheaply");
    const server = await startServer(configOf(production), { log: captureLog().log });
    opened.push(() => server.close());
    await server.ready();
  });

  test("does not start for tests in production", async () => {
    vi.stubEnv("NODE_ENV", "production");
    opened.push(() => vi.unstubAllEnvs());
    await expect(startTestServer({ mongodbUri: ownDatabaseUri() })).rejects.toThrow("too cheaply for production");
  });

  test("does not start with a key that can't be used", async () => {
    await expect(
      startServer({ ...configOf({ MONGODB_URI: ownDatabaseUri() }), jwtSecret: "short" }, { log: captureLog().log }),
    ).rejects.toThrow();
  });
});
