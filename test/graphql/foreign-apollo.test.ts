import { randomBytes } from "node:crypto";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { makeExecutableSchema } from "@graphql-tools/schema";
import { print } from "graphql";
import mongoose from "mongoose";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createMuster, type MusterContext } from "../../src/index.js";
import { openTestDatabase } from "../../src/testing/database.js";
import { LoginDocument, type RequestOptions, SignupDocument, send, signUp } from "../../src/testing/index.js";

const typeDefs = /* GraphQL */ `
  type Query {
    open: String! @public
    secret: String! @authenticated
    rare: String @requiresRole(roles: ["admin"])
    never: String! @policy(policies: [["never"]])
  }
`;
const resolvers = { Query: Object.fromEntries(["open", "secret", "rare", "never"].map((name) => [name, () => name])) };

/** An Apollo Server that is not ours: no `formatError` of ours, our plugin or none. */
async function startForeignServer({ withPlugin }: { withPlugin: boolean }) {
  const database = await openTestDatabase(inject("mongoUri"));
  const connection = mongoose.createConnection(database.uri);
  const muster = createMuster({
    connection,
    secret: randomBytes(32).toString("hex"),
    hashing: { memoryKiB: 64, timeCost: 1 },
    policies: { never: () => false },
  });
  await muster.ready();
  const schema = makeExecutableSchema({
    typeDefs: [muster.typeDefs, typeDefs],
    resolvers: [muster.resolvers, resolvers],
  });
  const apollo = new ApolloServer<MusterContext>({
    schema: muster.protectSchema(schema),
    plugins: withPlugin ? [muster.plugin] : [],
    // the plugin leaves no trace of a refusal
    ...(!withPlugin && { includeStacktraceInErrorResponses: false }),
    nodeEnv: "development",
  });
  const { url } = await startStandaloneServer(apollo, {
    context: muster.context,
    listen: { port: 0, host: "127.0.0.1" },
  });
  async function close() {
    await apollo.stop();
    await muster.close();
    await connection.close();
    await database.close();
  }
  return { url, close };
}

const jwt = "Bearer made-up";
const login = { email: "nobody@test.example", password: "a password of nobody" };

type Case = [what: string, query: string, variables: object, headers: Record<string, string>, expected: object];

const cases: Case[] = [
  [
    "a guarded field without a token",
    "{ secret }",
    {},
    {},
    { status: 401, code: "UNAUTHENTICATED", reason: "TOKEN_MISSING", challenge: "Bearer" },
  ],
  [
    "a guarded field with a bad token",
    "{ secret }",
    {},
    { authorization: jwt },
    { status: 401, code: "UNAUTHENTICATED", reason: "TOKEN_INVALID", challenge: 'Bearer error="invalid_token"' },
  ],
  [
    "a public field with a bad token",
    "{ open }",
    {},
    { authorization: jwt },
    { status: 401, code: "UNAUTHENTICATED", reason: "TOKEN_INVALID", challenge: 'Bearer error="invalid_token"' },
  ],
  [
    "a login of nobody",
    print(LoginDocument),
    { input: login },
    {},
    { status: 401, code: "UNAUTHENTICATED", reason: "INVALID_CREDENTIALS", challenge: "Bearer" },
  ],
  [
    "an address that is none",
    print(SignupDocument),
    { input: { ...login, email: "none" } },
    {},
    { status: 400, code: "BAD_USER_INPUT", reason: "EMAIL_INVALID", challenge: null },
  ],
];

describe.each([
  ["with the plugin", true],
  ["without the plugin", false],
])("an Apollo Server of somebody else, %s", (_, withPlugin) => {
  let server: Awaited<ReturnType<typeof startForeignServer>>;
  beforeAll(async () => {
    server = await startForeignServer({ withPlugin });
  });
  afterAll(() => server?.close());

  const ask = async (query: string, variables: object = {}, options: RequestOptions = {}) => {
    const answer = await send(server.url, query, variables, options);
    return { ...answer, challenge: answer.headers.get("www-authenticate") };
  };

  it.each(cases)(
    "answers %s with code, reason, status and challenge, and nothing more",
    async (...[, query, variables, headers, expected]) => {
      const answer = await ask(query, variables, { headers });
      expect(answer).toMatchObject(expected);
      expect(answer.data ?? null).toBeNull();
      const { code, reason } = answer;
      expect(answer.errors.map(({ extensions }) => extensions)).toEqual([{ code, reason }]);
    },
  );

  it("answers 403 where a policy denies", async () => {
    const { accessToken: token } = await signUp(server.url);
    const answer = await ask("{ never }", {}, { token });
    expect(answer).toMatchObject({ status: 403, code: "FORBIDDEN", reason: "POLICY_DENIED", data: null });
  });

  it("gives what it may beside a field that is refused", async () => {
    const { accessToken: token } = await signUp(server.url);
    const answer = await ask("{ open rare }", {}, { token });
    expect(answer).toMatchObject({ code: "FORBIDDEN", reason: "ROLE_MISSING", data: { open: "open", rare: null } });
    // Apollo by itself takes the status of an answer with data from its errors too
    expect(answer.status).toBe(withPlugin ? 200 : 403);
  });
});
