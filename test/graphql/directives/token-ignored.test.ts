import { type ExecutionResult, execute, type OperationDefinitionNode, parse } from "graphql";
import { describe, expect, it } from "vitest";
import { MusterError } from "../../../src/errors.js";
import { isTokenIgnored } from "../../../src/graphql/directives/index.js";
import { answerOf, protect, someone } from "./support.js";

const schema = protect(`
  type User @authenticated { id: ID }
  type Payload { token: String, user: User }
  type Query {
    login: String @public(ignoreToken: true)
    open: String @public
    off: String @public(ignoreToken: false)
    me: User @authenticated
  }
  type Mutation { signup: Payload @public(ignoreToken: true), login: Payload @public(ignoreToken: true), logout: Int @authenticated }
  type Subscription { login: String @public(ignoreToken: true), open: String @public }`);

function isIgnored(query: string): boolean {
  const document = parse(query);
  return isTokenIgnored(schema, document, document.definitions[0] as OperationDefinitionNode);
}

describe("isTokenIgnored", () => {
  it.each([
    "mutation { login { token } }",
    "mutation { login { token } signup { token } }",
    "mutation { a: login { token } b: login { token } __typename }",
    "mutation { __typename ... on Mutation { login { token } } }",
    "mutation { ... { ... { login { token } } } }",
    "mutation { ...F } fragment F on Mutation { login { token } ...G } fragment G on Mutation { signup { token } }",
    "mutation { ...F ...F } fragment F on Mutation { login { token } }",
    "mutation { login @skip(if: true) { token } }",
    "{ login }",
    "query A { login } query B { open }",
    "subscription { login }",
  ])("is true where every root field says so: %s", (query) => {
    expect(isIgnored(query)).toBe(true);
  });

  it.each([
    "mutation { login { token } logout }",
    "mutation { logout }",
    "mutation { login { token } logout @skip(if: true) }",
    "mutation ($no: Boolean = false) { login { token } ... @include(if: $no) { logout } }",
    "mutation { ...F ...G } fragment F on Mutation { login { token } } fragment G on Mutation { ... { logout } }",
    "mutation { login: logout }",
    "{ open }",
    "{ off }",
    "{ login open }",
    "{ login me { id } }",
    "{ login __schema { description } }",
    '{ login __type(name: "Query") { name } }',
    "{ __typename }",
    "mutation { __typename }",
    "{ __schema { description } }",
    "query A { open } query B { login }",
    "subscription { open }",
    // not valid, and not ignored either
    "{ login nothing }",
    "{ ...Missing login }",
    "{ login ...F } fragment F on Query { ...F me { id } }",
    "{ login toString }",
    "{ login ...toString }",
  ])("is false where one does not, or none is there: %s", (query) => {
    expect(isIgnored(query)).toBe(false);
  });

  it("ends for fragments that spread each other", () => {
    expect(isIgnored("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A login }")).toBe(true);
    expect(isIgnored("{ ...A } fragment A on Query { ...A }")).toBe(false);
  });

  it("takes no time for fragments that fan out", () => {
    const layers = Array.from(
      { length: 200 },
      (_, index) => `fragment F${index} on Query { ...F${index + 1} ...F${index + 1} }`,
    );
    expect(isIgnored(`{ ...F0 } ${layers.join(" ")} fragment F200 on Query { login }`)).toBe(true);
  });

  it("is remembered for each schema apart", () => {
    const document = parse("{ login }");
    const operation = document.definitions[0] as OperationDefinitionNode;
    const other = protect("type Query { login: String @public }");
    expect(isTokenIgnored(schema, document, operation)).toBe(true);
    expect(isTokenIgnored(other, document, operation)).toBe(false);
    expect(isTokenIgnored(schema, document, operation)).toBe(true);
  });
});

describe("a token that is refused", () => {
  const dead = () => {
    throw new MusterError("SESSION_REVOKED");
  };
  const run = (query: string, authorize: () => typeof someone | null) => {
    const asked: unknown[] = [];
    const sdl = `type User { id: ID, secret: String @authenticated }
      type Payload { token: String, user: User }
      type Query { open: String @public, _service: String, me: User @authenticated, later: String @public, deep: Payload @public }
      type Mutation { login: Payload @public(ignoreToken: true), logout: Int @authenticated, touch: Int @public }`;
    const guarded = protect(sdl, {
      unmarked: ["_service"],
      authorize: (_context, info) => {
        asked.push(info.path.key);
        return authorize();
      },
    });
    const payload = { token: "new", user: { id: "u", secret: "s" } };
    const rootValue = {
      open: "open",
      _service: "sdl",
      me: payload.user,
      login: payload,
      logout: 1,
      touch: 1,
      deep: payload,
    };
    const result = execute({ schema: guarded, document: parse(query), rootValue, contextValue: {} });
    return { ...answerOf(result as ExecutionResult), asked };
  };

  it("is refused at fields for everyone and at unmarked ones too", () => {
    expect(run("{ open _service }", dead)).toEqual({
      data: { open: null, _service: null },
      refused: ["open: SESSION_REVOKED", "_service: SESSION_REVOKED"],
      asked: ["open", "_service"],
    });
  });

  it("does not block the operations that ignore it", () => {
    expect(run("mutation { login { token } }", dead)).toEqual({
      data: { login: { token: "new" } },
      refused: [],
      asked: [],
    });
  });

  it("blocks them beside another field", () => {
    expect(run("mutation { login { token } touch }", dead)).toEqual({
      data: { login: null, touch: null },
      refused: ["login: SESSION_REVOKED", "touch: SESSION_REVOKED"],
      asked: ["login", "touch"],
    });
  });

  it("is nobody's in an operation that ignores it, good or not", () => {
    const expected = {
      data: { login: { user: { id: "u", secret: null } } },
      refused: ["login.user.secret: TOKEN_MISSING"],
      asked: [],
    };
    const query = "mutation { login { user { id secret } } }";
    expect(run(query, dead)).toEqual(expected);
    expect(run(query, () => someone)).toEqual(expected);
  });

  it("is asked for by root fields and guarded fields only", () => {
    expect(run("{ deep { token user { id secret } } open }", () => someone)).toEqual({
      data: { deep: { token: "new", user: { id: "u", secret: "s" } }, open: "open" },
      refused: [],
      asked: ["deep", "secret", "open"],
    });
  });
});
