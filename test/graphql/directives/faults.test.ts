import { type GraphQLEnumType, GraphQLObjectType, GraphQLSchema, GraphQLString } from "graphql";
import { describe, expect, it } from "vitest";
import { faultsOf, protect, schemaOf } from "./support.js";

const open = "type Query { a: String @public }";

describe("a root field without a directive", () => {
  it("fails the build by name, for queries, mutations and subscriptions, all of them at once", () => {
    const faults = faultsOf(`type Query { a: String @public, b: String }
      type Mutation { c: String }
      type Subscription { d: String }`);
    expect(faults).toEqual(
      ["Query.b", "Mutation.c", "Subscription.d"].map(
        (at) => `${at}: a root field needs a directive (@public if it is for everyone)`,
      ),
    );
  });

  it("is found in a schema whose root types have other names", () => {
    expect(faultsOf("schema { query: Root } type Root { a: String }")).toEqual([
      "Root.a: a root field needs a directive (@public if it is for everyone)",
    ]);
  });

  it("is found in a schema made of objects, without any syntax tree", () => {
    const query = new GraphQLObjectType({ name: "Query", fields: { a: { type: GraphQLString } } });
    expect(faultsOf(new GraphQLSchema({ query }))).toEqual([
      "Query.a: a root field needs a directive (@public if it is for everyone)",
    ]);
  });

  it("is accepted where its type, an interface of it, or the interface's field has one", () => {
    expect(faultsOf("type Query @authenticated { a: String }")).toEqual([]);
    expect(faultsOf("type Query { a: String @public } extend type Query @authenticated")).toHaveLength(1);
    expect(faultsOf("interface I @authenticated { a: String } type Query implements I { a: String }")).toEqual([]);
    expect(faultsOf("interface I { a: String @authenticated } type Query implements I { a: String }")).toEqual([]);
    expect(faultsOf("type Query @public { a: String, b: String @authenticated }")).toEqual([]);
  });

  it("is not accepted because the type it returns, or an argument, has one", () => {
    const sdl = "type User @authenticated { id: ID } type Query { user(id: ID @authenticated): User }";
    expect(faultsOf(sdl)).toEqual(["Query.user: a root field needs a directive (@public if it is for everyone)"]);
  });

  it("is accepted where it is named as unmarked, with or without its type", () => {
    const sdl = "type Query { _service: String, _entities: String, a: String @public } type Mutation { a: String }";
    const unmarked = ["_service", "Query._entities", "Query.a", "_notThere"];
    expect(faultsOf(sdl, { unmarked })).toEqual([
      "Mutation.a: a root field needs a directive (@public if it is for everyone)",
    ]);
    expect(faultsOf(sdl, { unmarked: ["_service", "_entities", "a"] })).toEqual([]);
  });
});

describe("@public where something else holds", () => {
  it.each([
    ["on the same field", 'type Query { a: String @public @requiresRole(roles: ["A"]) }', "Query.a", "requiresRole"],
    [
      "on the type of the field",
      "type Query @freshAuth(withinSeconds: 1) { a: String @public }",
      "Query.a",
      "freshAuth",
    ],
    ["on an extension of its type", `${open} extend type Query @authenticated`, "Query.a", "authenticated"],
    [
      "on the interface's field",
      'interface I { a: String @policy(policies: "p") } type Query implements I { a: String @public }',
      "Query.a",
      "policy",
    ],
    ["on a type", `${open} type T @public @authenticated { x: Int }`, "T", "authenticated"],
    [
      "on an argument",
      "type Query { a(x: Int @public @authenticated): String @public }",
      "Query.a(x:)",
      "authenticated",
    ],
    ["on an input field", `${open} input I { x: Int @public @authenticated }`, "I.x", "authenticated"],
    ["on a field below the root", `${open} type T @authenticated { x: Int @public }`, "T.x", "authenticated"],
  ])("fails the build by name: %s", (_where, sdl, at, rule) => {
    expect(faultsOf(sdl, { policies: { p: () => true } })).toEqual([
      `${at}: @public lifts no rule, and @${rule} holds here`,
    ]);
  });

  it("is accepted on a root field that returns a guarded type, whose rule holds all the same", () => {
    expect(faultsOf("type User @authenticated { id: ID } type Query { user: User @public }")).toEqual([]);
  });

  it.each([
    ["a field below the root", `${open} type T { x: Int @public(ignoreToken: true) }`, "T.x"],
    ["a type", "type Query @public(ignoreToken: true) { a: String }", "Query"],
    ["an argument", "type Query { a(x: Int @public(ignoreToken: true)): String @public }", "Query.a(x:)"],
  ])("fails the build where %s would ignore the token", (_where, sdl, at) => {
    expect(faultsOf(sdl)).toEqual([`${at}: only a root field can ignore the token`]);
  });
});

describe("a rule that cannot be meant", () => {
  it.each([
    ['@policy(policies: [["p"], ["q", "r"]])', "@policy names no known policy: q, r"],
    ['@policy(policies: [["constructor"]])', "@policy names no known policy: constructor"],
    ["@policy(policies: [])", "@policy has an empty list"],
    ["@requiresRole(roles: [])", "@requiresRole has an empty list"],
    ["@requiresScopes(scopes: [])", "@requiresScopes has an empty list"],
    ['@requiresScopes(scopes: [["a"], []])', "@requiresScopes has an empty list"],
    ["@freshAuth(withinSeconds: 0)", "@freshAuth(withinSeconds:) must be 1 or more"],
    ["@freshAuth(withinSeconds: -1)", "@freshAuth(withinSeconds:) must be 1 or more"],
  ])("fails the build by name: %s", (directive, fault) => {
    expect(faultsOf(`type Query { a: String ${directive} }`, { policies: { p: () => true } })).toEqual([
      `Query.a: ${fault}`,
    ]);
  });

  it("fails the build by name where code-first builders let a mistyped argument through", () => {
    const schema = (directives: object) =>
      new GraphQLSchema({
        query: new GraphQLObjectType({
          name: "Query",
          fields: { a: { type: GraphQLString, extensions: { directives } } },
        }),
      });
    expect(faultsOf(schema({ requiresRole: {} }))).toEqual([
      'Query.a: @requiresRole(roles:): Expected non-nullable type "[String!]!" not to be null.',
    ]);
    expect(faultsOf(schema({ requiresScopes: { scopes: [[1]] } }))).toHaveLength(1);
    expect(faultsOf(schema({ freshAuth: { withinSeconds: "soon" } }))).toHaveLength(1);
    expect(faultsOf(schema({ authenticated: true }))).toEqual([]);
    expect(faultsOf(schema({ requiresScopes: { scopes: "a" } }))).toEqual([]);
  });
});

describe("what is guarded and has a default", () => {
  const input = "input F { secret: Int @authenticated, plain: Int, deeper: F }";

  it.each([
    ["an argument", "type Query { a(x: Int = 1 @authenticated): String @public }", "Query.a(x:)"],
    ["an argument, null", "type Query { a(x: Int = null @authenticated): String @public }", "Query.a(x:)"],
    ["an input field", `${open} input I { x: Int = 1 @authenticated }`, "I.x"],
    [
      "an argument guarded by the interface",
      `${open} interface I { a(x: Int @authenticated): Int } type T implements I { a(x: Int = 1): Int }`,
      "T.a(x:)",
    ],
  ])("fails the build by name: %s", (_what, sdl, at) => {
    expect(faultsOf(sdl)).toEqual([`${at}: what @authenticated guards can have no default`]);
  });

  it.each([
    ["an argument's default", `type Query { a(f: F = { secret: 1 }): String @public } ${input}`, "Query.a(f:)"],
    [
      "a default further down",
      `type Query { a(f: F = { deeper: { deeper: { secret: null } } }): String @public } ${input}`,
      "Query.a(f:)",
    ],
    [
      "a default in a list",
      `type Query { a(f: [[F]] = [[{ plain: 1 }, { secret: 1 }]]): String @public } ${input}`,
      "Query.a(f:)",
    ],
    ["an input field's default", `${open} input G { f: F = { secret: 1 } } ${input}`, "G.f"],
  ])("fails the build by name: %s that gives a guarded input field", (_what, sdl, at) => {
    expect(faultsOf(sdl)).toEqual([`${at}: its default gives F.secret, which @authenticated guards`]);
  });

  it("does not fail for defaults that give nothing guarded", () => {
    const sdl = `type Query { a(f: F = { plain: 1, deeper: { plain: 2 } }, x: Int = 1): String @public } ${input}`;
    expect(faultsOf(sdl)).toEqual([]);
  });
});

describe("a directive where it would guard nothing", () => {
  it("fails the build by name, where a builder lets it stand there", () => {
    const schema = schemaOf(`type Query { a(i: I, e: E): U @public } type T { x: Int }
      input I { x: Int } enum E { ONE } union U = T scalar S directive @d(arg: Int) on FIELD`);
    const mark = (thing: unknown) =>
      Object.assign(thing as object, { extensions: { directives: { authenticated: {} } } });
    const type = (name: string) => schema.getType(name);
    for (const name of ["I", "E", "U", "S"]) mark(type(name));
    mark((type("E") as GraphQLEnumType).getValues()[0]);
    mark(schema.getDirective("d")?.args[0]);
    mark(schema);
    expect(faultsOf(schema).sort()).toEqual(
      ["@d(arg:)", "E.ONE", "E", "I", "S", "U", "schema"].map((at) => `${at}: @authenticated does not work here`),
    );
  });

  it.each(["authentcatd", "REQUIRESROLE", "Authenticated", "requiresRoles", "requireScopes", "freshauth"])(
    "fails the build for a directive that nobody defined and that looks like ours: @%s",
    (name) => {
      const field = (directives: object) => ({ type: GraphQLString, extensions: { directives } });
      const fields = { a: field({ public: {} }) };
      const other = new GraphQLObjectType({ name: "T", fields: { secret: field({ [name]: {} }) } });
      const query = new GraphQLObjectType({ name: "Query", fields });
      const faults = faultsOf(new GraphQLSchema({ query, types: [other] }));
      expect(faults).toEqual([
        expect.stringMatching(new RegExp(`^T.secret: @${name} is not defined: perhaps @\\w+ is meant$`)),
      ]);
    },
  );

  it("leaves other directives alone, defined or not", () => {
    const sdl = `directive @publish on FIELD_DEFINITION
      type Query { a: String @public @publish, b: String @public @deprecated }`;
    expect(faultsOf(sdl)).toEqual([]);
    const fields = {
      a: { type: GraphQLString, extensions: { directives: { public: {}, cacheControl: { maxAge: 1 }, key: {} } } },
    };
    expect(faultsOf(new GraphQLSchema({ query: new GraphQLObjectType({ name: "Query", fields }) }))).toEqual([]);
  });
});

it("names every fault of a schema in one error", () => {
  const sdl = `type Query { a(x: Int = 1 @authenticated): String, b: String @policy(policies: "p") }`;
  const build = () => protect(sdl);
  expect(build).toThrow(TypeError);
  expect(build).toThrow(
    /cannot be protected(.|\n)*Query\.b: @policy(.|\n)*Query\.a: a root(.|\n)*Query\.a\(x:\): what/,
  );
});
