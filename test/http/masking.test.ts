import { GraphQLError } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MusterError } from "../../src/errors.js";
import { serveSchema } from "./support.js";

class QueryFailed extends Error {
  readonly code = 11000;
}

const canary = "canary-in-an-error";

const typeDefs = `
  type Query {
    typeError: String! @public
    text: String! @public
    foreign: String! @public
    told: String! @public
    nothing: String! @public
    number: Int! @public
    caused: String! @public
    half: String @public
    fine: String @public
  }
`;

const resolvers = {
  Query: {
    typeError: () => {
      throw new TypeError(canary);
    },
    text: () => {
      throw canary;
    },
    foreign: () => {
      throw new QueryFailed(`E11000 duplicate key { email: "${canary}" }\n    at ${canary} (x.js:1:1)`);
    },
    // a code of Apollo's own does not make it one of Apollo's errors
    told: () => {
      throw new GraphQLError(canary, { extensions: { code: "BAD_USER_INPUT", http: { status: 418 }, input: canary } });
    },
    nothing: () => null,
    number: () => canary,
    caused: () => {
      throw new Error("outer", { cause: new QueryFailed(canary) });
    },
    half: () => {
      throw new Error(canary);
    },
    fine: () => "fine",
  },
};

describe("an error that nobody meant the client to see", () => {
  let server: Awaited<ReturnType<typeof serveSchema>>;
  beforeAll(async () => {
    server = await serveSchema({ typeDefs, resolvers });
  });
  afterAll(() => server.drain());

  test.each(["typeError", "text", "foreign", "told", "nothing", "number", "caused"])(
    "%s is masked and is 500",
    async (field) => {
      const before = server.lines.length;
      const { status, answer, text, headers } = await server.client.query(`{ ${field} }`);
      expect(status).toBe(500);
      expect(answer).toEqual({
        data: null,
        errors: [
          {
            message: "Internal server error",
            path: [field],
            locations: [{ line: 1, column: 3 }],
            extensions: { code: "INTERNAL_SERVER_ERROR" },
          },
        ],
      });
      expect(text).not.toContain("canary");

      const failure = server
        .parsed()
        .slice(before)
        .find(({ level }) => level === 50);
      expect(failure).toMatchObject({ reqId: headers.get("x-request-id"), msg: "a request failed unexpectedly" });
      expect(failure.err.type).toEqual(expect.any(String));
      expect(server.text()).not.toContain("canary");
    },
  );

  test("is found in the log by its type, its code and where it was thrown", async () => {
    const before = server.lines.length;
    await server.client.query("{ caused }");
    const { err } = server
      .parsed()
      .slice(before)
      .find(({ level }) => level === 50);
    expect(err).toMatchObject({ type: "Error", cause: { type: "QueryFailed", code: 11000 } });
    expect(err.at[0]).toContain("masking.test.ts");
  });

  test("leaves what else was asked for: partial data is 200", async () => {
    const { status, answer } = await server.client.query("{ half fine }");
    expect(status).toBe(200);
    expect(answer.data).toEqual({ half: null, fine: "fine" });
    expect(answer.errors?.[0]).toMatchObject({
      message: "Internal server error",
      extensions: { code: "INTERNAL_SERVER_ERROR" },
    });
  });
});

describe("a context that can't be made", () => {
  test("is masked where it is a bug", async () => {
    const server = await serveSchema(
      { typeDefs, resolvers },
      {
        served: {
          context: async () => {
            throw new Error(canary);
          },
        },
      },
    );
    const { status, answer, text } = await server.client.query("{ fine }");
    expect(status).toBe(500);
    expect(answer.errors?.[0]).toEqual({
      message: "Internal server error",
      extensions: { code: "INTERNAL_SERVER_ERROR" },
    });
    expect(text).not.toContain("canary");
    expect(server.text()).toContain("a request's context could not be made");
    expect(server.text()).not.toContain("canary");
    await server.drain();
  });

  test("keeps its code, reason, status and headers where it is one of ours", async () => {
    const server = await serveSchema(
      { typeDefs, resolvers },
      {
        served: {
          context: async () => {
            throw new MusterError("STORE_UNREACHABLE", { retryAfterSeconds: 1.2 });
          },
        },
      },
    );
    const { status, answer, headers } = await server.client.query("{ fine }");
    expect(status).toBe(503);
    expect(headers.get("retry-after")).toBe("2");
    expect(answer.errors?.[0]?.extensions).toEqual({ code: "SERVICE_UNAVAILABLE", reason: "STORE_UNREACHABLE" });
    await server.drain();
  });
});
