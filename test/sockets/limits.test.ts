import { randomBytes } from "node:crypto";
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import WebSocket from "ws";
import { startTestServer, type TestServer } from "../../src/testing/index.js";
import { type Embedding, startEmbedding } from "./embedding.js";
import { connect, openSocket, refusalOf, roundTrip } from "./support.js";

const secret = randomBytes(32).toString("hex");

let server: TestServer;
let embedding: Embedding;
beforeAll(async () => {
  server = await startTestServer({
    mongodbUri: inject("mongoUri"),
    settings: {
      jwtSecret: secret,
      socketsPerSession: 2,
      socketsPerUser: 3,
      operationsPerSocket: 3,
      corsOrigins: ["https://app.example.com"],
    },
  });
  embedding = await startEmbedding(server, { secret });
});
afterAll(async () => {
  await embedding?.close();
  await server?.close();
});

/** The status of a request for an upgrade that is not granted; 101 where it is. */
function upgradeStatus(url: string, { method = "GET", ...headers }: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      method,
      headers: {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": randomBytes(16).toString("base64"),
        "sec-websocket-protocol": "graphql-transport-ws",
        ...headers,
      },
    });
    asked.on("upgrade", (_, socket) => {
      socket.destroy();
      resolve(101);
    });
    asked.on("response", (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on("error", reject);
    asked.end();
  });
}

const reasonOf = (errors: readonly { extensions?: Record<string, unknown> }[] | undefined) =>
  errors?.[0]?.extensions?.reason ?? errors?.[0]?.extensions?.code;

describe("a socket is opened", () => {
  it("for no Origin, the server's own and those that are listed, and for no other", async () => {
    const own = new URL(server.url).origin;
    expect(await upgradeStatus(server.url)).toBe(101);
    expect(await upgradeStatus(server.url, { origin: own })).toBe(101);
    expect(await upgradeStatus(server.url, { origin: "https://app.example.com" })).toBe(101);
    for (const origin of ["https://evil.example", "null", "https://app.example.com.evil.example", `${own}9`]) {
      expect(await upgradeStatus(server.url, { origin }), origin).toBe(403);
    }
  });

  it("at the path of GraphQL alone, with GET, and as a WebSocket alone", async () => {
    expect(await upgradeStatus(new URL("/other", server.url).href)).toBe(404);
    expect(await upgradeStatus(new URL("/health/live", server.url).href)).toBe(404);
    expect(await upgradeStatus(`${server.url}?a=%zz`)).toBe(101);
    expect(await upgradeStatus(new URL("/%zz", server.url).href)).toBe(400);
    expect(await upgradeStatus(server.url, { method: "POST" })).toBe(400);
    expect(await upgradeStatus(server.url, { upgrade: "h2c" })).toBe(400);
    expect(await upgradeStatus(server.url, { "sec-websocket-version": "7" })).toBe(400);
  });

  it("for so many of a session and of a user, on each instance", async () => {
    const phone = await server.signUp();
    const laptop = await phone.login();
    const first = await connect(server.url, phone.accessToken);
    await connect(server.url, phone.accessToken);
    expect(await refusalOf(server.url, phone.accessToken)).toEqual({ code: 4429, reason: "TOO_MANY_CONNECTIONS" });
    await connect(server.url, laptop.accessToken);
    expect(await refusalOf(server.url, laptop.accessToken)).toEqual({ code: 4429, reason: "TOO_MANY_CONNECTIONS" });
    await connect(embedding.url, phone.accessToken);

    first.terminate();
    await first.closed;
    await expect.poll(() => server.muster.status().connections.open).toBe(2);
    await connect(server.url, laptop.accessToken);
  });

  it("with the protocol graphql-transport-ws, else it is closed with 4406", async () => {
    const socket = await openSocket(server.url, { protocols: [] });
    expect(await socket.closed).toEqual({ code: 4406, reason: "Subprotocol not acceptable" });
  });
});

describe("a socket is closed", () => {
  it("with 4408 where it says nothing for 3 seconds", async () => {
    const socket = await openSocket(server.url);
    expect(await socket.closed).toEqual({ code: 4408, reason: "Connection initialisation timeout" });
  });

  const faults: [what: string, messages: (object | string)[], code: number][] = [
    ["is no JSON", ["{"], 4400],
    ["is of no known type", [{ type: "hello" }], 4400],
    ["only a server sends", [{ type: "next", id: "1", payload: {} }], 4400],
    ["begins twice", [{ type: "connection_init" }, { type: "connection_init" }], 4429],
    ["asks before it was let in", [{ type: "subscribe", id: "1", payload: { query: "{ __typename }" } }], 4401],
    ["is larger than 1 MiB", [JSON.stringify({ type: "ping", payload: { a: "a".repeat(1_048_576) } })], 1009],
    [
      "uses an id twice, however long",
      [
        { type: "connection_init" },
        { type: "subscribe", id: "a".repeat(500), payload: { query: "subscription { openTicks }" } },
        { type: "subscribe", id: "a".repeat(500), payload: { query: "subscription { openTicks }" } },
      ],
      4409,
    ],
  ];
  it.each(faults)("where what it sends %s, without an echo of it", async (_, messages, code) => {
    const socket = await openSocket(embedding.url);
    for (const message of messages) {
      socket.send(message);
      if (typeof message === "object" && "type" in message && message.type === "connection_init" && messages.length > 2)
        await socket.receive("connection_ack");
    }
    const closed = await socket.closed;
    expect(closed.code).toBe(code);
    expect(closed.reason).not.toMatch(/aaa|hello/);
    expect(embedding.faults).toEqual([]);
  });

  it("with 4400 where it sends bytes instead of text", async () => {
    const ws = new WebSocket(server.url.replace(/^http/, "ws"), ["graphql-transport-ws"]);
    onTestFinished(() => ws.terminate());
    const code = await new Promise((resolve) => {
      ws.on("open", () => ws.send(Buffer.from('{"type":"connection_init"}')));
      ws.on("close", resolve);
    });
    expect(code).toBe(4400);
  });
});

describe("an operation over a socket", () => {
  const ask = async (query: string, variables?: object) => {
    const socket = await connect(embedding.url);
    return socket.subscribe(query, variables).ended;
  };

  it("is held to the limits that hold over HTTP", async () => {
    const many = (count: number, field: (index: number) => string) => Array.from({ length: count }, (_, i) => field(i));
    const aliases = `{ ${many(6, (i) => `a${i}: whoAmI`).join(" ")} }`;
    expect(reasonOf(await ask(aliases))).toBe("OPERATION_TOO_LARGE");
    const depth = `{ ${many(10, () => "nest {").join(" ")} n ${many(10, () => "}").join(" ")} }`;
    expect(reasonOf(await ask(depth))).toBe("OPERATION_TOO_LARGE");
    const directives = `{ whoAmI ${many(11, () => "@include(if: true)").join(" ")} }`;
    expect(reasonOf(await ask(directives))).toMatch(/OPERATION_TOO_LARGE|GRAPHQL_VALIDATION_FAILED/);
    const tokens = await ask(`{ ${"whoAmI ".repeat(1_000)} }`);
    expect(tokens).toMatchObject([
      { message: "The document has too many tokens.", extensions: { code: "GRAPHQL_PARSE_FAILED" } },
    ]);
    expect(await ask("{ __schema { queryType { name } } }")).toBeUndefined();
  });

  const echoes: [what: string, query: string, variables: object | undefined, code: string][] = [
    ["a document that does not parse", "{ whoAmI(hunter2", undefined, "GRAPHQL_PARSE_FAILED"],
    ["an unknown field", "{ hunter2 }", undefined, "GRAPHQL_VALIDATION_FAILED"],
    ["a field next to a known one", "{ whoAmX }", undefined, "GRAPHQL_VALIDATION_FAILED"],
    [
      "a variable of the wrong type",
      "mutation ($i: LoginInput!) { login(input: $i) { accessToken } }",
      { i: { email: "a@b.example", password: { hunter2: "hunter2" } } },
      "INPUT_INVALID",
    ],
    [
      "two operations and no name",
      "query hunter2 { whoAmI } query b { whoAmI }",
      undefined,
      "OPERATION_RESOLUTION_FAILURE",
    ],
  ];
  it.each(echoes)("is refused without an echo for %s", async (_, query, variables, code) => {
    const errors = await ask(query, variables);
    expect(reasonOf(errors)).toBe(code);
    expect(JSON.stringify(errors)).not.toMatch(/hunter2|whoAmX|whoAmI/);
  });

  it("that fails unexpectedly tells nothing of it, but to the application", async () => {
    const socket = await connect(embedding.url);
    const { errors, data } = await socket.subscribe("{ broken }").next();
    expect(data).toEqual({ broken: null });
    expect(errors).toMatchObject([{ message: "Internal server error", extensions: { code: "INTERNAL_SERVER_ERROR" } }]);
    expect(embedding.faults.splice(0)).toMatchObject([{ message: "a detail of the server" }]);
  });

  it("is one of so many at once; the one too many is refused, and the others go on", async () => {
    const socket = await connect(server.url, (await server.signUp()).accessToken);
    const subscribe = () => socket.subscribe("subscription { sessionEnded { reason } }");
    const first = subscribe();
    subscribe();
    subscribe();
    expect(reasonOf(await subscribe().ended)).toBe("TOO_MANY_OPERATIONS");
    first.complete();
    await roundTrip(socket);
    const { data } = await socket.subscribe("{ me { __typename } }").next();
    expect(data).toEqual({ me: { __typename: "User" } });
  });
});
