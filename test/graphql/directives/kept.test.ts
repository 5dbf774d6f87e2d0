import { printSchemaWithDirectives } from "@graphql-tools/utils";
import {
  type ExecutionResult,
  execute,
  type GraphQLObjectType,
  type GraphQLSchema,
  lexicographicSortSchema,
  parse,
} from "graphql";
import { describe, expect, it } from "vitest";
import { anonymous, answerOf, askSync, authorize, protect, schemaOf, someone } from "./support.js";

const field = (schema: GraphQLSchema, type: string, name: string) =>
  (schema.getType(type) as GraphQLObjectType).getFields()[name];

const sdl = `
  enum Color { RED GREEN }
  scalar Any
  input I { color: Color = GREEN, list: [Int!] = [1, 2] }
  type User { id: ID, secret: String @authenticated, open(color: Color = RED, i: I = { color: RED }): String }
  type Query { user: User @public }`;

class User {
  #secret = "private";
  id = "u";
  secret() {
    return this.#secret;
  }
  get open() {
    return this.#secret.length;
  }
}

describe("protectSchema", () => {
  it("leaves the schema it is given as it was", () => {
    const schema = schemaOf(sdl);
    const before = printSchemaWithDirectives(schema);
    const fields = [field(schema, "Query", "user"), field(schema, "User", "secret")];
    protect(schema);
    expect(printSchemaWithDirectives(schema)).toBe(before);
    expect(fields.map((each) => each?.resolve)).toEqual([undefined, undefined]);
    expect(askSync(schema, { query: "{ user { secret } }", rootValue: { user: new User() } }).data).toEqual({
      user: { secret: "private" },
    });
  });

  it("keeps the schema's text, defaults and directives included", () => {
    const schema = schemaOf(sdl);
    const print = (each: GraphQLSchema) => printSchemaWithDirectives(lexicographicSortSchema(each));
    expect(print(protect(schema))).toBe(print(schema));
  });

  it("does not touch a field that nothing guards", () => {
    const resolve = () => "mine";
    const schema = protect(sdl, { resolvers: { "User.open": resolve } });
    expect(field(schema, "User", "open")?.resolve).toBe(resolve);
    expect(field(schema, "User", "id")?.resolve).toBeUndefined();
  });

  it("resolves a guarded field as graphql would: from properties, getters and methods of an instance", () => {
    const schema = protect(sdl);
    expect(
      askSync(schema, { query: "{ user { id secret open } }", rootValue: { user: new User() }, as: someone }),
    ).toEqual({
      data: { user: { id: "u", secret: "private", open: "7" } },
      refused: [],
    });
  });

  it("resolves a guarded field by the server's own default resolver, where it is given", () => {
    const schema = protect(sdl, {
      fieldResolver: (_source, _args, _context, info) => ({ at: info.fieldName })[info.fieldName] ?? {},
    });
    expect(askSync(schema, { query: "{ user { __typename } }" }).data).toEqual({ user: { __typename: "User" } });
  });

  it("calls a field's own resolver once, with what graphql gave", () => {
    const calls: unknown[][] = [];
    const resolve = (...args: unknown[]) => {
      calls.push(args);
      return "s";
    };
    const schema = protect(sdl, { resolvers: { "User.secret": resolve } });
    const user = new User();
    askSync(schema, { query: "{ user { secret } }", rootValue: { user }, as: someone });
    expect(calls).toHaveLength(1);
    expect(calls[0]?.slice(0, 3)).toEqual([user, {}, { principal: someone }]);
    expect(calls[0]?.[3]).toMatchObject({ fieldName: "secret" });
  });

  it("can be applied again, and both hold", () => {
    const once = protect(sdl);
    const twice = protect(once, { authorize: () => null });
    const asked = { query: "{ user { secret } }", rootValue: { user: new User() } };
    expect(askSync(once, { ...asked, as: someone }).refused).toEqual([]);
    expect(askSync(twice, { ...asked, as: someone }).refused).toEqual(["user.secret: TOKEN_MISSING"]);
  });

  it("stays synchronous where authorize is, and follows where it is not", async () => {
    const rootValue = { user: new User() };
    const run = (schema: GraphQLSchema) =>
      execute({ schema, document: parse("{ user { secret } }"), rootValue, contextValue: { principal: someone } });
    const data = { user: { secret: "private" } };
    expect(answerOf(run(protect(sdl)) as ExecutionResult)).toEqual({ data, refused: [] });
    const later = run(protect(sdl, { authorize: async (...asked) => authorize(...asked) }));
    expect(later).toBeInstanceOf(Promise);
    expect(answerOf(await later)).toEqual({ data, refused: [] });
  });

  it("does not resolve before a late authorize has answered", async () => {
    const steps: string[] = [];
    const schema = protect(sdl, {
      authorize: async (context) => {
        await Promise.resolve();
        steps.push("authorized");
        return context.principal;
      },
      resolvers: { "Query.user": () => steps.push("user") && {}, "User.secret": () => steps.push("secret") && "s" },
    });
    await execute({ schema, document: parse("{ user { secret } }"), contextValue: { principal: someone } });
    expect(steps).toEqual(["authorized", "user", "authorized", "secret"]);
  });

  it("takes whatever is not a principal for nobody", () => {
    const schema = protect(sdl, { authorize: () => undefined as never });
    expect(askSync(schema, { query: "{ user { secret } }", rootValue: { user: {} }, as: anonymous }).refused).toEqual([
      "user.secret: TOKEN_MISSING",
    ]);
  });
});

describe("directives that other code-first builders put into extensions", () => {
  it("hold as those in SDL do", () => {
    const schema = schemaOf(
      "type Query { a: String @public, b(x: Int): String @public } type Mutation { c: String @public }",
    );
    const add = (type: string, name: string, directives: object) =>
      Object.assign(field(schema, type, name) as object, { astNode: undefined, extensions: { directives } });
    add("Query", "a", { requiresRole: { roles: ["ADMIN"] } });
    add("Query", "b", { requiresScopes: [{ scopes: [["x"]] }, { scopes: [["y"]] }] });
    add("Mutation", "c", { public: { ignoreToken: true } });
    const guarded = protect(schema);
    const rootValue = { a: "a", b: "b", c: "c" };
    expect(askSync(guarded, { query: "{ a b }", rootValue, as: someone })).toEqual({
      data: { a: null, b: null },
      refused: ["a: ROLE_MISSING", "b: SCOPE_MISSING"],
    });
    expect(askSync(guarded, { query: "{ b }", rootValue, as: { ...someone, scopes: ["x"] } }).refused).toEqual([
      "b: SCOPE_MISSING",
    ]);
    expect(askSync(guarded, { query: "{ b }", rootValue, as: { ...someone, scopes: ["x", "y"] } }).refused).toEqual([]);
    expect(askSync(guarded, { query: "mutation { c }", rootValue })).toEqual({ data: { c: "c" }, refused: [] });
  });
});
