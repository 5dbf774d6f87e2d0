import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startWholeServer } from "./support.js";

const json = { "content-type": "application/json" };
const good = JSON.stringify({ query: "{ __typename }" });
const bytes = (...parts: (string | number[])[]) => Buffer.concat(parts.map((part) => Buffer.from(part as string)));
const utf16 = Buffer.from(`\ufeff${good}`, "utf16le");
const mebibyte = 1_048_576;

const bodies: [title: string, status: number, body: string | Uint8Array, headers?: Record<string, string>][] = [
  ["no body", 400, ""],
  ["spaces", 400, "  "],
  ["half of an object", 400, '{"query":'],
  ["words", 400, "hello"],
  ["null", 400, "null"],
  ["a number", 400, "5"],
  ["a text", 400, '"{ __typename }"'],
  ["true", 400, "true"],
  ["an empty object", 400, "{}"],
  ["an empty list", 400, "[]"],
  ["a batch", 400, `[${good},${good}]`],
  ["a batch of one", 400, `[${good}]`],
  ["two objects", 400, good + good],
  ["a trailing comma", 400, '{"query":"{ __typename }",}'],
  ["single quotes", 400, "{'query':'{ __typename }'}"],
  ["a query that is a number", 400, '{"query":5}'],
  ["a query that is a list", 400, '{"query":["{ __typename }"]}'],
  ["a query that is a syntax tree", 400, '{"query":{"kind":"Document","definitions":[]}}'],
  ["an empty query", 400, '{"query":""}'],
  ["variables as text", 400, '{"query":"{ __typename }","variables":"{}"}'],
  ["variables as a list", 400, '{"query":"{ __typename }","variables":[]}'],
  ["an operation name that is a number", 400, '{"query":"{ __typename }","operationName":5}'],
  ["extensions as a list", 400, '{"query":"{ __typename }","extensions":[]}'],
  ["a key that reaches the prototype", 400, '{"query":"{ __typename }","__proto__":{"admin":true}}'],
  ["a variable that reaches the prototype", 400, '{"query":"{ __typename }","variables":{"__proto__":{"a":1}}}'],
  ["a constructor's prototype", 400, '{"query":"{ __typename }","constructor":{"prototype":{"a":1}}}'],
  ["bytes that are not UTF-8", 400, bytes('{"query":"{ __typename }","operationName":"', [0xff, 0xfe], '"}')],
  ["half of a character", 400, bytes('{"query":"{ __typename }","operationName":"', [0xe2, 0x82], '"}')],
  ["an overlong encoding", 400, bytes('{"query":"{ __typename }","operationName":"', [0xc0, 0xaf], '"}')],
  ["a surrogate in UTF-8", 400, bytes('{"query":"{ __typename }","operationName":"', [0xed, 0xa0, 0x80], '"}')],
  ["UTF-16", 400, utf16],
  ["UTF-16 that says so", 415, utf16, { "content-type": "application/json; charset=utf-16" }],
  ["Latin-1", 415, good, { "content-type": "application/json; charset=iso-8859-1" }],
  ["UTF-7", 415, good, { "content-type": 'application/json; charset="UTF-7"' }],
  ["ASCII", 415, good, { "content-type": "application/json; charset=us-ascii" }],
  ["a form", 415, "query=%7B__typename%7D", { "content-type": "application/x-www-form-urlencoded" }],
  [
    "a multipart form",
    415,
    '--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{}\r\n--x--',
    { "content-type": "multipart/form-data; boundary=x" },
  ],
  ["plain text", 415, good, { "content-type": "text/plain" }],
  ["a GraphQL document", 415, "{ __typename }", { "content-type": "application/graphql" }],
  ["no content type", 415, new Uint8Array(Buffer.from(good)), { "content-type": "" }],
  ["a content type that is none", 415, good, { "content-type": "json" }],
  ["another JSON", 415, good, { "content-type": "application/vnd.api+json" }],
  ["a compressed body", 415, gzipSync(good), { ...json, "content-encoding": "gzip" }],
  [
    "a body of one byte too much",
    413,
    JSON.stringify({ query: "{ __typename }", variables: { a: "x".repeat(mebibyte) } }).slice(0, mebibyte + 1),
  ],
  ["a body of 4 MiB", 413, JSON.stringify({ query: "{ __typename }", variables: { a: "x".repeat(4 * mebibyte) } })],
];

describe("a body that is refused", () => {
  let server: Awaited<ReturnType<typeof startWholeServer>>;
  beforeAll(async () => {
    server = await startWholeServer();
  });
  afterAll(() => server.close());

  test.each(bodies)("%s is %i, told in GraphQL's shape", async (_, status, body, headers = {}) => {
    const { status: answered, answer, text } = await server.client.send(body, headers);
    expect(text).not.toContain("Error:");
    expect(answered).toBe(status);
    expect(answer.data).toBeUndefined();
    expect(answer.errors).toHaveLength(1);
    expect(answer.errors?.[0]?.extensions).toEqual({ code: "BAD_REQUEST" });
    expect(answer.errors?.[0]?.message).toMatch(/\.\s*$|\bobject\b|\bstring\b/);
  });

  test.each<[string, string | Uint8Array, string]>([
    ["without a charset", good, "application/json"],
    ["with the charset named", good, "application/json; charset=utf-8"],
    ["with the charset in capitals and quotes", good, 'Application/JSON; Charset="UTF-8"'],
    ["with a byte order mark", bytes([0xef, 0xbb, 0xbf], good), "application/json"],
    ["with characters of four bytes", JSON.stringify({ query: "# 🗝\n{ __typename }" }), "application/json"],
    ["with keys that nobody asked for", JSON.stringify({ query: "{ __typename }", id: 7 }), "application/json"],
    [
      "with null for what may be left out",
      '{"query":"{ __typename }","variables":null,"operationName":null,"extensions":null}',
      "application/json",
    ],
  ])("JSON in UTF-8 is taken %s", async (_, body, type) => {
    const { status, answer } = await server.client.send(body, { "content-type": type });
    expect(answer).toEqual({ data: { __typename: "Query" } });
    expect(status).toBe(200);
  });

  test("a body of exactly 1 MiB is read", async () => {
    const frame = JSON.stringify({ query: "{ __typename }", padding: "" });
    const body = JSON.stringify({ query: "{ __typename }", padding: "x".repeat(mebibyte - frame.length) });
    expect(body.length).toBe(mebibyte);
    expect((await server.client.send(body)).status).toBe(200);
  });

  test("a body without a length is cut at 1 MiB", async () => {
    const chunk = new Uint8Array(65_536).fill(120);
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(chunk),
    });
    const response = await fetch(server.url, {
      method: "POST",
      headers: json,
      body: endless,
      duplex: "half",
    } as RequestInit).catch(() => null);
    // the server answers and closes: fetch sees the answer or the end of the connection
    if (response) expect(response.status).toBe(413);
    expect((await server.client.send(good)).status).toBe(200);
  });
});

describe("a request that is hardly HTTP", () => {
  let server: Awaited<ReturnType<typeof startWholeServer>>;
  beforeAll(async () => {
    server = await startWholeServer();
  });
  afterAll(() => server.close());

  const exchange = (text: string) =>
    new Promise<string>((resolve, reject) => {
      let answer = "";
      const socket = connect(server.port, "127.0.0.1", () => socket.write(text));
      socket.on("data", (data) => {
        answer += String(data);
      });
      socket.on("close", () => resolve(answer)).on("error", reject);
    });
  const post = (head: string) =>
    `${head}\r\ncontent-type: application/json\r\ncontent-length: ${good.length}\r\nconnection: close\r\n\r\n${good}`;

  test.each([
    "a b",
    "[::1",
    "ex ample",
    "exa<mple",
    "%zz",
    "a:b:c@[",
    "user@host",
    "host/path",
    "host?query",
    "[canary]",
  ])("the host %j is 400, told in GraphQL's shape", async (host) => {
    const answer = await exchange(post(`POST /graphql HTTP/1.1\r\nHost: ${host}`));
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('{"errors":[{"message":');
    expect(answer).not.toContain(host);
  });

  test.each([
    ["a line that is no request", "canary canary\r\n\r\n", 400],
    ["headers of 64 KiB", `GET /graphql HTTP/1.1\r\nHost: a\r\nx-long: canary${"x".repeat(65_536)}\r\n\r\n`, 431],
    ["a request to no host", post("POST /graphql HTTP/1.1"), 400],
    ["two lengths", "POST /graphql HTTP/1.1\r\nHost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\ncanary", 400],
    [
      "a length beside chunks",
      "POST /graphql HTTP/1.1\r\nHost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\ncanary",
      400,
    ],
  ])("%s is told in GraphQL's shape", async (_, text, status) => {
    const answer = await exchange(text);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain('{"errors":[{"message":');
    expect(answer).not.toContain("canary");
  });

  test("an address that can't be decoded is 400", async () => {
    const answer = await exchange("GET /graphql/%c0%ae%canary HTTP/1.1\r\nHost: a\r\nconnection: close\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).not.toContain("canary");
  });
});
