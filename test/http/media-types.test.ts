import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startWholeServer } from "./support.js";

const login = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }";

/** One request for each way to answer. */
const cases: [title: string, status: number, code: string | null, body: object, headers?: Record<string, string>][] = [
  ["an answer", 200, null, { query: "{ __typename }" }],
  ["a missing token", 401, "UNAUTHENTICATED", { query: "{ me { id } }" }],
  ["a refused token", 401, "UNAUTHENTICATED", { query: "{ __typename }" }, { authorization: "Bearer not.a.token" }],
  [
    "a wrong password",
    401,
    "UNAUTHENTICATED",
    { query: login, variables: { input: { email: "nobody@example.org", password: "a long wrong password" } } },
  ],
  ["a document that is not GraphQL", 400, "GRAPHQL_PARSE_FAILED", { query: "{" }],
  ["a document that does not fit", 400, "GRAPHQL_VALIDATION_FAILED", { query: "{ nothing }" }],
  ["variables that do not fit", 400, "BAD_USER_INPUT", { query: login, variables: { input: 5 } }],
  [
    "an unknown operation",
    400,
    "OPERATION_RESOLUTION_FAILURE",
    { query: "query A { __typename }", operationName: "B" },
  ],
  [
    "a persisted query",
    400,
    "PERSISTED_QUERY_NOT_SUPPORTED",
    { extensions: { persistedQuery: { version: 1, sha256Hash: "00" } } },
  ],
  ["no query", 400, "BAD_REQUEST", { variables: {} }],
  [
    "too many aliases",
    400,
    "BAD_USER_INPUT",
    { query: `{ ${[..."abcdef"].map((name) => `${name}: __typename`).join(" ")} }` },
  ],
];

describe("both media types", () => {
  let server: Awaited<ReturnType<typeof startWholeServer>>;
  beforeAll(async () => {
    server = await startWholeServer();
  });
  afterAll(() => server.close());

  test.each(cases)("answer %s with %i", async (_, status, code, body, headers = {}) => {
    const classic = await server.client.send(body, { ...headers, accept: "application/json" });
    const modern = await server.client.send(body, { ...headers, accept: "application/graphql-response+json" });

    expect(classic.status).toBe(status);
    expect(modern.status).toBe(status);
    expect(modern.answer).toEqual(classic.answer);
    expect(classic.answer.errors?.[0]?.extensions.code ?? null).toBe(code);
    expect(classic.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(modern.headers.get("content-type")).toBe("application/graphql-response+json; charset=utf-8");
    expect(classic.headers.get("cache-control")).toBe("no-store");
  });

  test("the newer one is used for answers that never reached GraphQL, where only it is asked for", async () => {
    const { status, headers } = await server.client.send("{", { accept: "application/graphql-response+json" });
    expect(status).toBe(400);
    expect(headers.get("content-type")).toBe("application/graphql-response+json; charset=utf-8");
  });

  test("refuses a request for any other before it runs", async () => {
    const signup = "mutation ($input: SignupInput!) { signup(input: $input) { accessToken } }";
    const input = { email: "accept@example.org", password: "a long sentence that is mine" };
    const refused = await server.client.send({ query: signup, variables: { input } }, { accept: "image/png" });
    expect(refused.status).toBe(406);
    expect(refused.answer.errors?.[0]?.extensions.code).toBe("BAD_REQUEST");
    // it did not run: the address is still free
    expect((await server.client.query(signup, { input })).status).toBe(200);
  });
});

describe("GET /graphql", () => {
  let server: Awaited<ReturnType<typeof startWholeServer>>;
  beforeAll(async () => {
    server = await startWholeServer({ PLAYGROUND: "off" });
  });
  afterAll(() => server.close());

  const ask = (search: string, init: RequestInit = {}) =>
    fetch(`${server.url}?${search}`, { ...init, headers: { "apollo-require-preflight": "true", ...init.headers } });

  test("answers queries", async () => {
    const response = await ask("query=%7B__typename%7D");
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ data: { __typename: "Query" } });
  });

  test("runs no mutation", async () => {
    const response = await ask(`query=${encodeURIComponent("mutation { logout { revokedCount } }")}`);
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST");
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "BAD_REQUEST" } }] });
  });

  test("refuses what a page of another site could send without asking", async () => {
    const response = await fetch(`${server.url}?query=%7B__typename%7D`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "BAD_REQUEST" } }] });
  });

  test.each(["DELETE", "HEAD", "PATCH", "PUT"])("has no %s beside it", async (method) => {
    const response = await ask("query=%7B__typename%7D", { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET, POST, OPTIONS");
    const text = await response.text();
    if (method !== "HEAD")
      expect(JSON.parse(text)).toMatchObject({ errors: [{ extensions: { code: "BAD_REQUEST" } }] });
  });

  test("says what it takes when asked for its options", async () => {
    const response = await ask("", { method: "OPTIONS" });
    expect(response.status).toBe(204);
    expect(response.headers.get("allow")).toBe("GET, POST, OPTIONS");
  });

  test("sends browsers the answer of everyone when the playground is off", async () => {
    const response = await ask("query=%7B__typename%7D", { headers: { accept: "text/html,*/*;q=0.8" } });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
  });
});
