import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anonymous, ask, askSync, protect, someone, type Variables } from "./support.js";

const schema = protect(`
  input Filter {
    secret: Int @authenticated
    role: Role @requiresRole(roles: "ADMIN")
    plain: Int = 5
    and: [Filter!]
    or: [[Filter]]
    not: Filter
    owner: Owner
    any: JSON
  }
  input Owner { name: String, filter: Filter }
  input Key @oneOf { id: ID, secretId: ID @authenticated }
  enum Role { ADMIN }
  scalar JSON
  interface Searches { search(filter: Filter, n: Int @authenticated): String }
  type Query implements Searches @public {
    search(filter: Filter, filters: [Filter], n: Int): String
    find(by: Key): String
    must(n: Int! @authenticated): String
    nested: Query
  }
  type Mutation { set(plain: Int, secret: Int @authenticated, filter: Filter): String @public }`);

const rootValue = { search: "found", find: "found", must: "found", set: "set", nested: { search: "found" } };

type Case = [what: string, query: string, isGiven: boolean, variables?: Variables];

const cases: Case[] = [
  // arguments
  ["an argument that is guarded on the interface", "{ search(n: 1) }", true],
  ["the same, null", "{ search(n: null) }", true],
  ["no argument", "{ search }", false],
  ["a variable", "query ($n: Int) { search(n: $n) }", true, { n: 1 }],
  ["a variable, null", "query ($n: Int) { search(n: $n) }", true, { n: null }],
  ["a variable that is not set", "query ($n: Int) { search(n: $n) }", false],
  [
    "a variable that is not set, with others set",
    "query ($n: Int, $m: Int) { search(n: $n, filter: { plain: $m }) }",
    false,
    { m: 1 },
  ],
  ["a variable with a default in the document", "query ($n: Int = 1) { search(n: $n) }", true],
  ["a variable with null as its default", "query ($n: Int = null) { search(n: $n) }", true],
  ["a required argument", "{ must(n: 1) }", true],
  ["a variable called like a member of every object", "query ($toString: Int) { search(n: $toString) }", false],
  ["one of two aliases", "{ a: search b: search(n: 1) }", true],
  ["a field below the root", "{ nested { search(n: 1) } }", true],
  [
    "a field in a fragment, its variable set",
    "query ($n: Int) { ...F } fragment F on Query { search(n: $n) }",
    true,
    { n: 1 },
  ],
  ["a field that appears twice", "{ search(n: 1) ... { search(n: 1) } }", true],
  // input fields, written out
  ["an input field", "{ search(filter: { secret: 1 }) }", true],
  ["an input field, null", "{ search(filter: { secret: null }) }", true],
  ["an empty object", "{ search(filter: {}) }", false],
  ["null for the object", "{ search(filter: null) }", false],
  ["in an object in an object", "{ search(filter: { not: { not: { secret: 1 } } }) }", true],
  ["in a list", "{ search(filter: { and: [{ plain: 1 }, { secret: 1 }] }) }", true],
  ["in what stands for a list of one", "{ search(filters: { and: { secret: 1 } }) }", true],
  ["in a list of lists", "{ search(filter: { or: [[null], [null, { secret: null }]] }) }", true],
  ["through another input type", "{ search(filter: { owner: { filter: { secret: 1 } } }) }", true],
  [
    "not at all, in lists and objects",
    '{ search(filters: [{ and: [], or: [[]], owner: { name: "x" } }, null]) }',
    false,
  ],
  ["a name inside of a scalar", "{ search(filter: { any: { secret: 1, not: { secret: 1 } } }) }", false],
  ["one of", "{ find(by: { secretId: 1 }) }", true],
  ["the other of", "{ find(by: { id: 1 }) }", false],
  // input fields in variables
  ["in a variable", "query ($f: Filter) { search(filter: $f) }", true, { f: { secret: 1 } }],
  ["in a variable, null", "query ($f: Filter) { search(filter: $f) }", true, { f: { secret: null } }],
  ["in a variable, undefined", "query ($f: Filter) { search(filter: $f) }", false, { f: { secret: undefined } }],
  [
    "in a variable, deep",
    "query ($f: Filter) { search(filter: $f) }",
    true,
    { f: { or: [[{ and: [{ owner: { filter: { secret: 1 } } }] }]] } },
  ],
  [
    "in a variable, as what stands for a list",
    "query ($f: Filter) { search(filter: $f) }",
    true,
    { f: { and: { or: { secret: 1 } } } },
  ],
  ["in a variable that is a list", "query ($f: [Filter]) { search(filters: $f) }", true, { f: [null, { secret: 1 }] }],
  [
    "in a variable for a list that is not one",
    "query ($f: [Filter]) { search(filters: $f) }",
    true,
    { f: { secret: 1 } },
  ],
  [
    "not at all in a variable, defaults filled in",
    "query ($f: Filter) { search(filter: $f) }",
    false,
    { f: { and: [{}], not: {} } },
  ],
  ["in a variable's default", "query ($f: Filter = { not: { secret: 1 } }) { search(filter: $f) }", true],
  [
    "in a variable's default that is not used",
    "query ($f: Filter = { secret: 1 }) { search(filter: $f) }",
    false,
    { f: {} },
  ],
  [
    "in a variable that no field uses here",
    "query ($f: Filter, $g: Filter) { search(filter: $g) a: search(filter: $f) @skip(if: true) }",
    false,
    { f: { secret: 1 } },
  ],
  ["as a variable", "query ($s: Int) { search(filter: { secret: $s }) }", true, { s: null }],
  ["as a variable that is not set", "query ($s: Int) { search(filter: { secret: $s, and: [{ secret: $s }] }) }", false],
  [
    "in a variable in an object",
    "query ($f: Filter!) { search(filter: { and: [{ plain: 1 }, $f] }) }",
    true,
    { f: { not: { secret: 1 } } },
  ],
  ["in a variable in a list", "query ($f: Filter) { search(filters: [$f]) }", true, { f: { secret: 1 } }],
  ["in a variable in a list that is not set", "query ($f: Filter) { search(filters: [$f]) }", false],
  ["in a variable, one of", "query ($k: Key) { find(by: $k) }", true, { k: { secretId: "1" } }],
  ["in a variable, the other of", "query ($k: Key) { find(by: $k) }", false, { k: { id: "1" } }],
  ["one of, as a variable", "query ($k: ID!) { find(by: { secretId: $k }) }", true, { k: "1" }],
  // mutations
  ["a mutation's argument", "mutation { set(plain: 1, secret: null) }", true],
  ["a mutation's input field", "mutation ($f: Filter) { set(filter: $f) }", true, { f: { secret: 1 } }],
  ["a mutation without", "mutation { set(plain: 1, filter: {}) }", false],
];

describe("the rule of an argument or input field holds when the request gives it", () => {
  it.each(cases)("%s", async (_what, query, isGiven, variables) => {
    const { data, refused } = await ask(schema, { query, variables, rootValue, as: anonymous });
    expect(refused).toEqual(isGiven ? [expect.stringMatching(/: TOKEN_MISSING$/)] : []);
    expect(JSON.stringify(data).includes("null")).toBe(isGiven);
    expect((await ask(schema, { query, variables, rootValue, as: someone })).refused).toEqual([]);
  });

  it("adds to the field's own rules, and to those of other inputs", () => {
    const query = "{ search(filter: { secret: 1, not: { role: ADMIN } }) }";
    expect(askSync(schema, { query, rootValue, as: anonymous }).refused).toEqual(["search: TOKEN_MISSING"]);
    expect(askSync(schema, { query, rootValue, as: someone }).refused).toEqual(["search: ROLE_MISSING"]);
  });

  it("leaves the resolver's arguments as graphql made them, defaults included", () => {
    const seen: unknown[] = [];
    const root = { search: (args: unknown) => String(seen.push(args)) };
    askSync(schema, { query: "{ search(filter: { and: [{}] }, n: 1) }", rootValue: root, as: someone });
    expect(JSON.parse(JSON.stringify(seen))).toEqual([{ filter: { plain: 5, and: [{ plain: 5 }] }, n: 1 }]);
  });
});

describe("any input", () => {
  type Filter = { [name: string]: unknown };
  const deep = { depthIdentifier: "filter", maxDepth: 6 };
  const number = fc.option(fc.integer({ min: 0, max: 9 }));
  const { filter } = fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.record(
      {
        secret: number,
        plain: number,
        and: fc.option(fc.array(tie("filter"), { maxLength: 2 }), deep),
        or: fc.option(
          fc.array(fc.option(fc.array(fc.option(tie("filter"), deep), { maxLength: 2 })), { maxLength: 2 }),
          deep,
        ),
        not: fc.option(tie("filter"), deep),
        owner: fc.option(fc.record({ filter: tie("filter") }, { requiredKeys: [] }), deep),
      },
      { requiredKeys: [] },
    ),
  }));

  /** The same with only one of its guarded fields left, or with none. */
  const thinned = (value: Filter, left: number): Filter => {
    let index = 0;
    return JSON.parse(
      JSON.stringify(value, (name, each) => (name === "secret" && index++ !== left ? undefined : each)),
    );
  };

  const gives = (value: unknown): boolean =>
    typeof value === "object" && value !== null && ("secret" in value || Object.values(value).some(gives));

  /** As GraphQL writes it, with some of the inner objects moved into variables. */
  const written = (value: unknown, move: (value: unknown) => string | null, isInside = false): string => {
    if (Array.isArray(value)) return `[${value.map((item) => written(item, move, true)).join(", ")}]`;
    if (typeof value !== "object" || value === null) return JSON.stringify(value);
    const isFilter = !("filter" in value);
    const moved = isInside && isFilter && Object.keys(value).length > 0 ? move(value) : null;
    if (moved !== null) return moved;
    const fields = Object.entries(value).map(([name, each]) => `${name}: ${written(each, move, name === "not")}`);
    return `{${fields.join(", ")}}`;
  };

  it("is guarded if and only if it gives what is guarded, written out, in one variable, or in several", () => {
    fc.assert(
      fc.property(
        filter,
        fc.nat(24),
        fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
        (thick, left, choices) => {
          const value = thinned(thick, left);
          const variables: Variables = {};
          let turn = 0;
          const query = (text: string) => {
            const names = Object.keys(variables);
            return `query ${names.length > 0 ? `(${names.map((name) => `$${name}: Filter!`).join(", ")})` : ""} { search(filter: ${text}) }`;
          };
          const refused = gives(value) ? ["search: TOKEN_MISSING"] : [];
          const asked = { rootValue, as: anonymous };
          expect(askSync(schema, { ...asked, query: query(written(value, () => null)) }).refused).toEqual(refused);
          const whole = { query: "query ($f: Filter) { search(filter: $f) }", variables: { f: value } };
          expect(askSync(schema, { ...asked, ...whole }).refused).toEqual(refused);
          const mixed = written(value, (inner) => {
            if (!choices[turn++ % choices.length]) return null;
            variables[`v${turn}`] = inner;
            return `$v${turn}`;
          });
          expect(askSync(schema, { ...asked, query: query(mixed), variables }).refused).toEqual(refused);
        },
      ),
    );
  });
});
