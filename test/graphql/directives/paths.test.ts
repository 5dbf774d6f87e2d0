import { describe, expect, it } from "vitest";
import { admin, anonymous, ask, askSync, protect, type Resolvers, someone } from "./support.js";

const book = {
  __typename: "Book",
  id: "b1",
  title: "Dune",
  price: 9,
  author: { __typename: "Author", id: "a1", name: "Frank" },
};
const draft = { __typename: "Draft", id: "d1", title: "Untitled", price: 0 };
const author = { ...book.author, books: [book, draft] };

/** Guarded: `Book.price` by itself, `Author.name` by its interface, `Draft` as a type, through a union and two interfaces. */
const sdl = `
  interface Node { id: ID! }
  interface Named implements Node { id: ID!, name: String @authenticated }
  interface Titled { title: String, price: Int }
  type Book implements Node & Titled { id: ID!, title: String, price: Int @requiresRole(roles: "ADMIN"), author: Author }
  type Draft implements Node & Titled @requiresRole(roles: "ADMIN") { id: ID!, title: String, price: Int }
  type Author implements Node & Named { id: ID!, name: String, books: [Titled] }
  union Found = Book | Draft | Author
  type Query @public {
    book: Book
    author: Author
    node(id: ID): Node
    nodes: [Node]
    strict: [Node!]!
    titled: Titled
    found: [[Found]]
    nobody: Node
    query: Query
    me: Author @authenticated
  }`;

const rootValue = {
  book,
  author,
  node: ({ id }: { id?: string }) => (id === "d1" ? draft : book),
  nodes: [book, draft, author],
  strict: [book, draft],
  titled: book,
  found: [[draft, author], [book]],
  nobody: null,
  query: {},
  me: author,
};

const schema = protect(sdl);

describe("a guarded field", () => {
  it.each([
    ["by its interface", "{ titled { price } }", "titled.price"],
    ["by an inline fragment on its interface", "{ book { ... on Titled { price } } }", "book.price"],
    ["by a named fragment on its interface", "{ book { ...F } } fragment F on Titled { price }", "book.price"],
    [
      "by a fragment on a type it implements, from an unrelated interface",
      "{ node { ... on Titled { price } } }",
      "node.price",
    ],
    ["by fragments in fragments", "{ node { ... { ... on Titled { ... on Book { price } } } } }", "node.price"],
    ["by a fragment without a type", "{ book { ... { price } } }", "book.price"],
    ["by @include", "{ book { price @include(if: true) } }", "book.price"],
    ["under another name", "{ book { title: price } }", "book.title"],
    ["beside the same field elsewhere", "{ book { price } ... { book { price } } }", "book.price"],
    ["by an alias of the parent", "{ nodes: book { price } }", "nodes.price"],
  ])("is guarded when it is reached %s", (_how, query, at) => {
    for (const as of [anonymous, someone]) {
      const { refused } = askSync(schema, { query, rootValue, as });
      expect(refused).toEqual([`${at}: ${as === anonymous ? "TOKEN_MISSING" : "ROLE_MISSING"}`]);
    }
    expect(askSync(schema, { query, rootValue, as: admin }).refused).toEqual([]);
  });

  it("is not guarded where its interface's field is another type's", () => {
    const query = "{ found { ... on Book { price } } }";
    expect(askSync(schema, { query: "{ found { ... on Author { id } } }", rootValue, as: admin }).refused).toEqual([]);
    expect(askSync(schema, { query, rootValue, as: admin }).data).toEqual({ found: [[{}, {}], [{ price: 9 }]] });
  });

  it("has the rule of an interface's field, however the interface is inherited", () => {
    for (const query of [
      "{ author { name } }",
      "{ author { ... on Named { name } } }",
      "{ author { ... on Node { ... on Author { name } } } }",
    ]) {
      expect(askSync(schema, { query, rootValue, as: anonymous })).toEqual({
        data: { author: { name: null } },
        refused: ["author.name: TOKEN_MISSING"],
      });
      expect(askSync(schema, { query, rootValue, as: someone }).data).toEqual({ author: { name: "Frank" } });
    }
  });
});

describe("a value of a guarded type", () => {
  it("is not given out by a field that returns an interface, not even its name", () => {
    for (const query of [
      '{ node(id: "d1") { __typename } }',
      '{ node(id: "d1") { id } }',
      '{ node(id: "d1") { ... on Book { id } } }',
    ]) {
      expect(askSync(schema, { query, rootValue, as: someone })).toEqual({
        data: { node: null },
        refused: ["node: ROLE_MISSING"],
      });
    }
    expect(askSync(schema, { query: '{ node(id: "d1") { __typename } }', rootValue, as: admin }).data).toEqual({
      node: { __typename: "Draft" },
    });
  });

  it("is null in a list, and its neighbours are given out", () => {
    expect(askSync(schema, { query: "{ nodes { id } }", rootValue, as: anonymous })).toEqual({
      data: { nodes: [{ id: "b1" }, null, { id: "a1" }] },
      refused: ["nodes.1: TOKEN_MISSING"],
    });
    expect(askSync(schema, { query: "{ found { __typename } }", rootValue, as: someone })).toEqual({
      data: { found: [[null, { __typename: "Author" }], [{ __typename: "Book" }]] },
      refused: ["found.0.0: ROLE_MISSING"],
    });
  });

  it("takes a list with it that may not hold null", () => {
    expect(askSync(schema, { query: "{ strict { id } }", rootValue, as: someone })).toEqual({
      data: null,
      refused: ["strict.1: ROLE_MISSING"],
    });
  });

  it("is refused with the reason that comes first, as elsewhere", () => {
    const strict =
      protect(`interface I { x: Int } type T implements I @freshAuth(withinSeconds: 1) @requiresRole(roles: "ADMIN") { x: Int }
      type Query { i: I @public }`);
    const asked = { query: "{ i { __typename } }", rootValue: { i: { __typename: "T" } } };
    expect(askSync(strict, { ...asked, as: someone }).refused).toEqual(["i: ROLE_MISSING"]);
    expect(askSync(strict, { ...asked, as: { ...someone, roles: ["ADMIN"] } }).refused).toEqual([
      "i: REAUTHENTICATION_REQUIRED",
    ]);
    expect(askSync(strict, { ...asked, as: admin }).refused).toEqual([]);
  });

  it("is guarded below the root as well", () => {
    const query = "{ author { books { title } } }";
    expect(askSync(schema, { query, rootValue, as: someone })).toEqual({
      data: { author: { books: [{ title: "Dune" }, null] } },
      refused: ["author.books.1: ROLE_MISSING"],
    });
  });

  it("is found by whichever way the schema tells types apart", async () => {
    const asked = { query: '{ node(id: "d1") { id } }', rootValue, as: someone };
    const expected = { data: { node: null }, refused: ["node: ROLE_MISSING"] };
    const ways: Resolvers[] = [
      { Node: (value: unknown) => (value as typeof book).__typename },
      { Node: async (value: unknown) => (value as typeof book).__typename },
    ];
    for (const resolvers of ways) expect(await ask(protect(sdl, { resolvers }), asked)).toEqual(expected);
  });

  it("is no matter where the field returns null", () => {
    expect(askSync(schema, { query: "{ nobody { id } }", rootValue })).toEqual({ data: { nobody: null }, refused: [] });
  });

  it("asks its policies of the field that returned it, as if the field's type were that type", () => {
    const seen: unknown[] = [];
    const policies = {
      p: ({ source, args, info }: { source: unknown; args: unknown; info: { fieldName: string } }) => {
        seen.push([info.fieldName, source, args]);
        return true;
      },
    };
    const guarded = protect(
      `interface I { x: Int } type T implements I @policy(policies: "p") { x: Int }
      type Holder { i(n: Int): I }
      type Query { i(n: Int): I @public, t(n: Int): T @public, holder: Holder @public }`,
      { policies },
    );
    const holder = { i: { __typename: "T", x: 1 } };
    const root = { ...holder, t: { x: 1 }, holder };
    askSync(guarded, { query: "{ i(n: 1) { __typename } t(n: 2) { __typename } }", rootValue: root, as: someone });
    expect(seen).toEqual([
      ["i", root, { n: 1 }],
      ["t", root, { n: 2 }],
    ]);
    askSync(guarded, { query: "{ holder { i(n: 3) { __typename } } }", rootValue: root, as: someone });
    expect(seen.at(-1)).toEqual(["i", holder, { n: 3 }]);
    askSync(guarded, { query: "{ t { x } }", rootValue: root, as: someone });
    expect(seen.at(-1)).toEqual(["x", root.t, {}]);
  });
});

describe("an unmarked field", () => {
  it("of a federated schema gives out entities of guarded types only where their rules hold", () => {
    const federated = protect(
      `scalar _Any
      type User @authenticated { id: ID }
      type Product { id: ID, cost: Int @requiresRole(roles: "ADMIN") }
      union _Entity = User | Product
      type Query { _entities(representations: [_Any!]!): [_Entity]!, _service: String }`,
      { unmarked: ["_entities", "_service"] },
    );
    const entities = [
      { __typename: "User", id: "u1" },
      { __typename: "Product", id: "p1", cost: 5 },
    ];
    const query = "{ _service _entities(representations: [1, 2]) { ... on User { id } ... on Product { id cost } } }";
    const asked = { query, rootValue: { _service: "sdl", _entities: entities } };
    expect(askSync(federated, { ...asked, as: anonymous })).toEqual({
      data: { _service: "sdl", _entities: [null, { id: "p1", cost: null }] },
      refused: ["_entities.0: TOKEN_MISSING", "_entities.1.cost: TOKEN_MISSING"],
    });
    expect(askSync(federated, { ...asked, as: admin }).refused).toEqual([]);
  });
});

describe("the type of the queries", () => {
  it("is guarded when a field returns it", () => {
    const query = "{ query { query { me { id } } } }";
    expect(askSync(schema, { query, rootValue: { query: { query: { me: author } } }, as: anonymous })).toEqual({
      data: { query: { query: { me: null } } },
      refused: ["query.query.me: TOKEN_MISSING"],
    });
  });

  it("answers introspection to everyone", () => {
    const guarded = protect("type Query @authenticated { a: String }");
    const query = '{ __typename __schema { queryType { name } } __type(name: "Query") { name } }';
    expect(askSync(guarded, { query, as: anonymous })).toEqual({
      data: { __typename: "Query", __schema: { queryType: { name: "Query" } }, __type: { name: "Query" } },
      refused: [],
    });
  });
});

describe("a refused field that may not be null", () => {
  it("takes its parent with it, and nothing else", () => {
    const strict = protect("type Query { a: T @public, b: Int @public } type T { x: Int! @authenticated, y: Int }");
    expect(askSync(strict, { query: "{ a { x y } b }", rootValue: { a: { x: 1, y: 2 }, b: 3 } })).toEqual({
      data: { a: null, b: 3 },
      refused: ["a.x: TOKEN_MISSING"],
    });
  });
});
