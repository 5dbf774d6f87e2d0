import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RefreshDocument, send, signUp } from "../../src/testing/index.js";
import { openOperator } from "../support/operator.js";
import { ownDatabaseUri, startWholeServer } from "./support.js";

const login = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }";
const long = "y".repeat(5_000);

/** Documents with a canary wherever a client can put a word; none of them succeeds. */
const documents: [title: string, document: (canary: string) => string][] = [
  ["a field", (c) => `{ ${c} }`],
  ["a field of a type", (c) => `{ me { ${c} } }`],
  ["a field close to one of ours", (c) => `{ me { emai${c} } }`],
  ["an alias of an unknown field", (c) => `{ ${c}: nothing }`],
  ["an argument", (c) => `{ sessions(${c}: 1) { totalCount } }`],
  ["an argument's text", (c) => `{ sessions(first: "${c}") { totalCount } }`],
  ["an argument's enum", (c) => `{ sessions(first: ${c}) { totalCount } }`],
  ["an argument's list", (c) => `{ sessions(first: ["${c}"]) { totalCount } }`],
  [
    "an input's field",
    (c) => `mutation { login(input: { email: "a@example.org", password: "x", ${c}: 1 }) { accessToken } }`,
  ],
  [
    "an input's text of the wrong type",
    (c) => `mutation { login(input: { email: "a@example.org", password: {a: "${c}"} }) { accessToken } }`,
  ],
  ["an input that is a text", (c) => `mutation { login(input: "${c}") { accessToken } }`],
  ["an input with a field missing", (c) => `mutation { login(input: { password: "${c}" }) { accessToken } }`],
  ["a number", (c) => `{ sessions(first: 1${c}) { totalCount } }`],
  ["a block string", (c) => `mutation { login(input: """${c}""") { accessToken } }`],
  ["an open string", (c) => `mutation { login(input: "${c}`],
  ["an escape", (c) => `mutation { login(input: "\\u{${c}}") { accessToken } }`],
  ["a bad escape", (c) => `mutation { login(input: "\\q${c}") { accessToken } }`],
  ["a variable nobody defined", (c) => `{ sessions(first: $${c}) { totalCount } }`],
  ["a variable nobody uses", (c) => `query ($${c}: Int) { __typename }`],
  ["a variable of an unknown type", (c) => `query ($a: ${c}) { __typename }`],
  ["a variable of an output type", (c) => `query ${c}($${c}: User) { sessions(first: $${c}) { totalCount } }`],
  ["a variable in the wrong place", (c) => `query ${c}($${c}: String) { sessions(first: $${c}) { totalCount } }`],
  ["a variable twice", (c) => `query ($${c}: Int, $${c}: Int) { sessions(first: $${c}) { totalCount } }`],
  ["a variable's default", (c) => `query ($a: Int = "${c}") { sessions(first: $a) { totalCount } }`],
  ["an operation twice", (c) => `query ${c} { __typename } query ${c} { __typename }`],
  ["a fragment nobody made", (c) => `{ ...${c} }`],
  ["a fragment nobody uses", (c) => `{ __typename } fragment ${c} on Query { __typename }`],
  ["a fragment within itself", (c) => `{ ...${c} } fragment ${c} on Query { ...${c} }`],
  ["a fragment on an unknown type", (c) => `{ ...A } fragment A on ${c} { __typename }`],
  ["a fragment on a scalar", (c) => `{ ...${c} } fragment ${c} on String { __typename }`],
  ["a fragment on another type", (c) => `{ ...${c} } fragment ${c} on User { id }`],
  [
    "a fragment twice",
    (c) => `{ ...${c} } fragment ${c} on Query { __typename } fragment ${c} on Query { __typename }`,
  ],
  ["a directive", (c) => `{ __typename @${c} }`],
  ["a directive's argument", (c) => `{ __typename @include(if: true, ${c}: 1) }`],
  ["a directive's value", (c) => `{ __typename @include(if: "${c}") }`],
  ["names that conflict", (c) => `{ me { ${c}: id ${c}: email } }`],
  ["a selection of a scalar", (c) => `{ me { id { ${c} } } }`],
  ["a definition", (c) => `type ${c} { a: Int }`],
  ["a subscription", (c) => `subscription ${c} { ${c} }`],
  ["nonsense", (c) => `@@ ${c} ~~`],
  ["nonsense after a document", (c) => `{ __typename } ${c}`],
  ["a character that is none", (c) => `{ __typename \u0007${c} }`],
  ["the type of an introspection", (c) => `{ __type(name: "${c}") { nothing } }`],
  ["too many tokens", (c) => `{ ${`${c} `.repeat(1_100)} }`],
  ["too many aliases", (c) => `{ ${[1, 2, 3, 4, 5, 6].map((n) => `${c}${n}: __typename`).join(" ")} }`],
];

/** Variables with a canary, for `login`. */
const inputs: [title: string, input: (canary: string) => unknown][] = [
  ["a text for the object", (c) => c],
  ["a list for the object", (c) => [c]],
  ["a list in a list", (c) => [[{ password: c }]]],
  ["a password without an address", (c) => ({ password: c })],
  ["an operator as the password", (c) => ({ email: "a@example.org", password: { $ne: c } })],
  ["an operator as the address", (c) => ({ email: { $gt: c, $regex: c }, password: c })],
  ["a list as the password", (c) => ({ email: "a@example.org", password: [c] })],
  ["a field too many", (c) => ({ email: "a@example.org", password: c, [c]: c })],
  ["a field close to one of ours", (c) => ({ email: "a@example.org", passwor: c, password: c })],
  ["an address that is none", (c) => ({ email: c, password: c })],
  ["a wrong password", (c) => ({ email: `${c}@example.org`, password: c })],
  ["a giant address", (c) => ({ email: `${c}${long}@example.org`, password: c })],
  ["a giant password", (c) => ({ email: "a@example.org", password: c + long })],
  ["a lone surrogate", (c) => ({ email: "a@example.org", password: `${c}\ud800` })],
  ["a null", (c) => ({ email: null, password: c })],
  ["a device that is a number", (c) => ({ email: "a@example.org", password: c, deviceName: { [c]: 1 } })],
  [
    "text that looks like our messages",
    (c) => ({ email: `"; Field "${c}" is not defined by type "${c}".`, password: [`; Expected type "${c}".`] }),
  ],
];

describe("nothing that was submitted comes back", () => {
  let server: Awaited<ReturnType<typeof startWholeServer>>;
  let mongodbUri: string;
  beforeAll(async () => {
    mongodbUri = ownDatabaseUri();
    server = await startWholeServer({ LOG_LEVEL: "trace", MONGODB_URI: mongodbUri });
  });
  afterAll(() => server.close());

  /** Waits for the line of the last request, so that the log is complete. */
  const logged = async () => {
    await server.client.query("{ __typename }");
    return server.text();
  };

  const word = "canary7f3a";

  test.each(documents)("%s", async (_, document) => {
    const { status, text, answer } = await server.client.query(document(word));
    expect(status).toBe(400);
    expect(text).not.toContain("canary");
    expect(text).not.toContain("7f3a");
    for (const { message } of answer.errors ?? []) expect(message).toMatch(/^[A-Z].*\.$/);
    expect(await logged()).not.toContain("canary");
  });

  test.each(inputs)("%s", async (_, input) => {
    const { status, text, answer } = await server.client.query(login, { input: input(word) });
    expect([400, 401]).toContain(status);
    expect(answer.errors?.[0]?.extensions.reason).toMatch(/^(INPUT_INVALID|INVALID_CREDENTIALS|EMAIL_INVALID)$/);
    expect(text).not.toContain("canary");
    expect(await logged()).not.toContain("canary");
  });

  test.each<[string, (c: string) => Parameters<typeof fetch>]>([
    ["the address", (c) => [`${server.origin}/${c}?${c}=${c}`, {}]],
    ["the address of the playground", (c) => [`${server.origin}/playground/${c}`, {}]],
    ["the method's place", (c) => [`${server.url}/${c}`, { method: "POST", body: c }]],
    [
      "the search of a GET",
      (c) => [`${server.url}?query=${c}&query=${c}`, { headers: { "apollo-require-preflight": "1" } }],
    ],
    [
      "the variables of a GET",
      (c) => [`${server.url}?query={__typename}&variables=${c}`, { headers: { "apollo-require-preflight": "1" } }],
    ],
    [
      "a body that is no JSON",
      (c) => [server.url, { method: "POST", body: `{"${c}`, headers: { "content-type": "application/json" } }],
    ],
    [
      "a content type",
      (c) => [server.url, { method: "POST", body: "{}", headers: { "content-type": `application/${c}` } }],
    ],
    [
      "a charset",
      (c) => [
        server.url,
        { method: "POST", body: "{}", headers: { "content-type": `application/json; charset=${c}` } },
      ],
    ],
    [
      "an accepted type",
      (c) => [
        server.url,
        { method: "POST", body: "{}", headers: { "content-type": "application/json", accept: `text/${c}` } },
      ],
    ],
    [
      "an origin",
      (c) => [
        server.url,
        {
          method: "POST",
          body: "{}",
          headers: { "content-type": "application/json", origin: `https://${c}.example.org` },
        },
      ],
    ],
    [
      "a preflight",
      (c) => [
        server.url,
        {
          method: "OPTIONS",
          headers: { origin: `https://${c}`, "access-control-request-headers": c, "access-control-request-method": c },
        },
      ],
    ],
    ["a request id", (c) => [server.url, { headers: { "x-request-id": c } }]],
    ["a cookie", (c) => [server.url, { headers: { cookie: `__Host-muster_refresh=${c}; ${c}=1` } }]],
  ])("%s", async (_, request) => {
    const response = await fetch(...request(word));
    const text = `${await response.text()}\n${[...response.headers].join("\n")}`;
    expect(response.status).toBeGreaterThanOrEqual(204);
    expect(text).not.toContain("canary");
    expect(await logged()).not.toContain("canary");
  });

  test.each(["Bearer", "bearer", "Bearer Bearer", "Basic", "DPoP"])("a token after %j", async (scheme) => {
    const headers = { authorization: `${scheme} ${word}.${word}.${word}` };
    const { text, status } = await server.client.query("{ me { id } }", {}, headers);
    expect(status).toBe(401);
    expect(text).not.toContain("canary");
    expect(await logged()).not.toContain("canary");
  });

  test("and nothing of it is kept: a dump of the database does not have it", async () => {
    await signUp(server.url, { email: "witness@example.org" });
    for (const [, document] of documents) await server.client.query(document(word));
    for (const [, input] of inputs) await server.client.query(login, { input: input(word) });
    for (const refreshToken of [word, `${word}.${word}.0.${word}`])
      await send(server.url, RefreshDocument, { input: { refreshToken } }, { token: word });
    const operator = await openOperator(mongodbUri);
    const dump = await operator.dump();
    await operator.close();
    expect(dump).toContain("witness@example.org");
    expect(dump).not.toContain("canary");
  });

  test("whatever the word is and wherever it stands", async () => {
    const name = fc.stringMatching(/^Q[a-zA-Z0-9_]{9,30}Z$/);
    const anyText = fc
      .string({ unit: "binary", minLength: 12, maxLength: 60 })
      .filter((text) => /[^\s\d.,"'{}[\]]{6}/.test(text));
    await fc.assert(
      fc.asyncProperty(
        name,
        anyText,
        fc.nat({ max: documents.length - 1 }),
        fc.nat({ max: inputs.length - 1 }),
        async (canary, text, d, i) => {
          const inDocument = await server.client.query(documents[d]![1](canary));
          expect(inDocument.text).not.toContain(canary);
          const inInput = await server.client.query(login, { input: inputs[i]![1](text) });
          expect(inInput.text).not.toContain(text);
          expect(inInput.text).not.toContain(JSON.stringify(text).slice(1, -1));
          expect(server.text()).not.toContain(canary);
          expect(server.text()).not.toContain(JSON.stringify(text).slice(1, -1));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("what is left still helps", () => {
  let server: Awaited<ReturnType<typeof startWholeServer>>;
  beforeAll(async () => {
    server = await startWholeServer();
  });
  afterAll(() => server.close());

  test.each<[query: string, message: string]>([
    ["{ me { emial } }", 'The type "User" has no such field.'],
    ["{ me }", 'Select fields of "me", which has the type "User!".'],
    ["{ sessions(frist: 1) { totalCount } }", 'The field "Query.sessions" has no such argument.'],
    ["{ user { id } }", 'The field "user" needs its argument "id" of type "ID!".'],
    ['{ sessions(first: "1") { totalCount } }', 'A value of type "Int" is expected.'],
    [
      'mutation { login(input: { email: "a" }) { accessToken } }',
      'The field "LoginInput.password" of type "String!" is missing.',
    ],
    [
      'mutation { login(input: { email: "a", password: "b", pass: 1 }) { accessToken } }',
      'The type "LoginInput" has no such field.',
    ],
    [
      "query ($a: String) { sessions(first: $a) { totalCount } }",
      'A variable of type "String" stands where the type "Int" is expected.',
    ],
    ["{ me { id } ", "The document is not well-formed GraphQL: a name is expected here."],
    ["query ($a Int) { __typename }", 'The document is not well-formed GraphQL: ":" is expected here.'],
    [`{ ${"me ".repeat(1_000)} }`, "The document has too many tokens."],
  ])("%s", async (query, message) => {
    const { answer } = await server.client.query(query);
    expect(answer.errors?.[0]?.message).toBe(message);
    expect(answer.errors?.[0]?.locations).not.toHaveLength(0);
  });

  test.each<[input: unknown, message: string]>([
    [undefined, 'The value of a variable does not fit its type: a value of type "LoginInput!" is required.'],
    [null, 'The value of a variable does not fit its type: a value of type "LoginInput!" is required.'],
    [5, 'The value of a variable does not fit its type: an object of type "LoginInput" is expected.'],
    [
      { email: "a" },
      'The value of a variable does not fit its type: the field "password" of type "String!" is missing.',
    ],
    [
      { email: "a", password: null },
      'The value of a variable does not fit its type at "password": a value of type "String!" must not be null.',
    ],
    [
      { email: "a", password: 5 },
      'The value of a variable does not fit its type at "password": a value of type "String" is expected.',
    ],
    [
      { email: "a", password: "b", more: 1 },
      'The value of a variable does not fit its type: the type "LoginInput" has no such field.',
    ],
  ])("variables: %j", async (input, message) => {
    const { answer } = await server.client.query(login, { input });
    expect(answer.errors?.map((error) => error.message)).toEqual([message]);
    expect(answer.errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", reason: "INPUT_INVALID" });
  });
});
