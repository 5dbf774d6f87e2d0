import { getIntrospectionQuery } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../src/graphql/limits.js";
import { startWholeServer } from "./support.js";

const times = (n: number, make: (i: number) => string) => Array.from({ length: n }, (_, i) => make(i)).join(" ");
const login = (i: number) => `l${i}: login(input: { email: "a@example.org", password: "guess ${i}" }) { accessToken }`;

describe("an operation that asks for too much", () => {
  let server: Awaited<ReturnType<typeof startWholeServer>>;
  beforeAll(async () => {
    server = await startWholeServer();
  });
  afterAll(() => server.close());

  test.each<[string, string]>([
    ["aliases that try passwords", `mutation { ${times(limits.aliases + 1, login)} }`],
    ["aliases of the same harmless field", `{ ${times(limits.aliases + 1, (i) => `a${i}: __typename`)} }`],
    [
      "aliases in a fragment",
      `{ ...A } fragment A on Query { ${times(limits.aliases + 1, (i) => `a${i}: __typename`)} }`,
    ],
    ["directives", `{ ${times(limits.directives + 1, () => "... @include(if: true) { __typename }")} }`],
    ["levels", `{ me ${"{ ... ".repeat(limits.depth)} { id } ${"} ".repeat(limits.depth)} }`],
    [
      "cost",
      `{ sessions(first: 200) { ${times(60, () => "nodes { id ip browser os deviceName userAgent createdAt lastUsedAt }")} } }`,
    ],
  ])("is refused before it runs: %s", async (_, query) => {
    const { status, answer } = await server.client.query(query);
    expect(status).toBe(400);
    expect(answer.data).toBeUndefined();
    expect(answer.errors?.map(({ extensions }) => extensions)).toContainEqual({
      code: "BAD_USER_INPUT",
      reason: "OPERATION_TOO_LARGE",
    });
  });

  test.each<[string, string]>([
    ["tokens", `{ ${"__typename ".repeat(limits.tokens)} }`],
    [
      "fragments that fan out",
      `{ ...F0 } ${times(60, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} me { id } }`)} fragment F60 on Query { __typename }`,
    ],
    [
      "fragments in a circle",
      `{ ...F0 } ${times(60, (i) => `fragment F${i} on Query { ...F${(i + 1) % 60} ...F${(i + 7) % 60} }`)}`,
    ],
    ["lists in lists", `{ sessions(first: ${"[".repeat(450)}${"]".repeat(450)}) { totalCount } }`],
    ["names that conflict", `{ me { ${times(300, (i) => `x: ${i % 2 ? "id" : "email"}`)} } }`],
  ])("is answered within half a second: %s", async (_, query) => {
    const startedAt = performance.now();
    const { status } = await server.client.query(query);
    expect(status).toBe(400);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  test("tells of a few errors, not of all", async () => {
    const { status, answer } = await server.client.query(`{ ${times(100, (i) => `unknown${i}`)} }`);
    expect(status).toBe(400);
    expect(answer.errors).toHaveLength(limits.errors + 1);
    expect(answer.errors?.at(-1)?.message).toBe("There are more errors than are shown.");

    const input = Object.fromEntries(Array.from({ length: 100 }, (__, i) => [`unknown${i}`, 1]));
    const coerced = await server.client.query(
      "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }",
      { input },
    );
    expect(coerced.status).toBe(400);
    expect(coerced.answer.errors).toHaveLength(limits.errors + 1);
    expect(coerced.answer.errors?.every(({ extensions }) => extensions.reason === "INPUT_INVALID")).toBe(true);
  });

  test.each<[string, string]>([
    [
      "introspection, as playgrounds and generators ask for it",
      getIntrospectionQuery({ descriptions: true, inputValueDeprecation: true, specifiedByUrl: true }),
    ],
    ["as many aliases as are allowed", `{ ${times(limits.aliases, (i) => `a${i}: __typename`)} }`],
  ])("leaves room for %s", async (_, query) => {
    const { status, answer } = await server.client.query(query);
    expect(answer.errors).toBeUndefined();
    expect(status).toBe(200);
  });

  test("leaves room for the largest page of everything about a session", async () => {
    const session = "id createdAt lastUsedAt expiresAt ip userAgent browser os deviceName isCurrent";
    const { status, answer } = await server.client.query(
      `{ sessions(first: 200) { edges { cursor node { ${session} } } nodes { ${session} } pageInfo { hasNextPage endCursor } totalCount } }`,
    );
    expect(status).toBe(401);
    expect(answer.errors?.[0]?.extensions.reason).toBe("TOKEN_MISSING");
  });
});
