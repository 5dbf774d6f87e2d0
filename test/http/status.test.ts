import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { catalogue, MusterError, type Reason, statusOfCode } from "../../src/errors.js";
import { toGraphQLError } from "../../src/graphql/format-error.js";
import { serveSchema } from "./support.js";

const reasons = Object.keys(catalogue) as Reason[];

const typeDefs = `
  type Query {
    fail(reason: String!, seconds: Float): String! @public
    failSoftly(reason: String!): String @public
    failAsGraphql(reason: String!): String @public
    fine: String @public
    pages(first: Int! = 20): Int @public
  }
  type Mutation { fail(reason: String!): String! @public }
`;

const fail = (_: unknown, { reason, seconds }: Record<string, unknown>): never => {
  throw new MusterError(reason as Reason, seconds === undefined ? {} : { retryAfterSeconds: seconds as number });
};

const resolvers = {
  Query: {
    fail,
    failSoftly: fail,
    failAsGraphql: (_: unknown, { reason }: Record<string, unknown>): never => {
      throw toGraphQLError(new MusterError(reason as Reason));
    },
    fine: () => "fine",
    pages: (_: unknown, { first }: Record<string, unknown>) => first,
  },
  Mutation: { fail },
};

describe("the status of an answer", () => {
  let server: Awaited<ReturnType<typeof serveSchema>>;
  beforeAll(async () => {
    server = await serveSchema({ typeDefs, resolvers });
  });
  afterAll(() => server.drain());

  test.each(reasons)("is that of its code for %s", async (reason) => {
    const { code, message } = catalogue[reason];
    const { status, answer, headers } = await server.client.query(
      "query ($reason: String!) { fail(reason: $reason) }",
      { reason },
    );
    expect(status).toBe(statusOfCode[code]);
    expect(answer.data).toBeNull();
    expect(answer.errors).toEqual([
      { message, path: ["fail"], locations: [{ line: 1, column: 28 }], extensions: { code, reason } },
    ]);
    expect(headers.get("www-authenticate") === null).toBe(status !== 401);
  });

  test.each<[Reason, string | null]>([
    ["TOKEN_MISSING", "Bearer"],
    ["TOKEN_INVALID", 'Bearer error="invalid_token"'],
    ["TOKEN_EXPIRED", 'Bearer error="invalid_token"'],
    ["TOKEN_SUPERSEDED", 'Bearer error="invalid_token"'],
    ["SESSION_REVOKED", 'Bearer error="invalid_token"'],
    ["SESSION_EXPIRED", 'Bearer error="invalid_token"'],
    ["USER_NOT_FOUND", 'Bearer error="invalid_token"'],
    ["INVALID_CREDENTIALS", "Bearer"],
    ["REFRESH_REUSED", "Bearer"],
    ["ROLE_MISSING", null],
  ])("comes with the challenge of RFC 6750: %s", async (reason, challenge) => {
    const { headers } = await server.client.query("query ($reason: String!) { fail(reason: $reason) }", { reason });
    expect(headers.get("www-authenticate")).toBe(challenge);
  });

  test("says when to try again, in whole seconds and at least one", async () => {
    const query = "query ($reason: String!, $seconds: Float) { fail(reason: $reason, seconds: $seconds) }";
    const retryAfter = async (seconds: number) =>
      (await server.client.query(query, { reason: "TOO_MANY_LOGINS", seconds })).headers.get("retry-after");
    expect([await retryAfter(30), await retryAfter(2.1), await retryAfter(0)]).toEqual(["30", "3", "1"]);
  });

  test.each(["failSoftly", "failAsGraphql"])("is 200 where there is data: %s", async (field) => {
    const { status, answer } = await server.client.query(`{ ${field}(reason: "ROLE_MISSING") fine }`);
    expect(status).toBe(200);
    expect(answer.data).toEqual({ [field]: null, fine: "fine" });
    expect(answer.errors?.[0]?.extensions).toEqual({ code: "FORBIDDEN", reason: "ROLE_MISSING" });
  });

  test.each<[Reason, Reason, number]>([
    ["ROLE_MISSING", "STORE_UNREACHABLE", 503],
    ["STORE_UNREACHABLE", "TOKEN_INVALID", 503],
    ["EMAIL_INVALID", "TOKEN_MISSING", 401],
    ["EMAIL_INVALID", "ROLE_MISSING", 403],
  ])("of two errors is the graver one's: %s and %s", async (first, second, expected) => {
    const { status, answer } = await server.client.query(
      `{ failSoftly(reason: "${first}") fail(reason: "${second}") }`,
    );
    expect(answer.errors).toHaveLength(2);
    expect(status).toBe(expected);
  });

  test("is 400 where an argument is found wrong only when its field runs", async () => {
    const { status, answer } = await server.client.query(
      'query ($first: Int = 5) { pages(first: $first) fail(reason: "ROLE_MISSING") }',
      { first: null },
    );
    expect(status).toBe(403);
    expect(answer.errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", reason: "INPUT_INVALID" });
    expect(answer.errors?.[0]?.message).toBe(
      'The value of a variable does not fit its type: a value of type "Int!" is required.',
    );
  });

  test("stops a list of mutations at the first that fails", async () => {
    const { status, answer } = await server.client.query(
      'mutation { a: fail(reason: "STORE_UNREACHABLE") b: fail(reason: "ROLE_MISSING") }',
    );
    expect(status).toBe(503);
    expect(answer.errors).toHaveLength(1);
  });
});
