import type { GraphQLSchema } from "graphql";
import { describe, expect, it } from "vitest";
import type { Principal } from "../../../src/principal.js";
import { type Build, buildFromCode, buildFromSdl, type Place } from "./matrix-schemas.js";
import { anonymous, ask, listen, principal, protect } from "./support.js";

const callers: Record<string, Principal | null> = {
  anonymous,
  "signed in": principal({ provedSecondsAgo: 301 }),
  "wrong role": principal({ roles: ["EDITOR"], scopes: ["users:read", "news:write"], provedSecondsAgo: 301 }),
  "right role": principal({ roles: ["EDITOR", "ADMIN"], scopes: ["users:read", "users:write"], provedSecondsAgo: 300 }),
};

const trusted = callers["right role"] as Principal;

const signedOut = "TOKEN_MISSING";

/** Each directive, and why it refuses each of the four callers (null: it lets them through). */
const directives: Record<string, (string | null)[]> = {
  "@public": [null, null, null, null],
  "@authenticated": [signedOut, null, null, null],
  '@requiresRole(roles: ["OWNER", "ADMIN"])': [signedOut, "ROLE_MISSING", "ROLE_MISSING", null],
  '@requiresScopes(scopes: [["all"], ["users:read", "users:write"]])': [
    signedOut,
    "SCOPE_MISSING",
    "SCOPE_MISSING",
    null,
  ],
  '@policy(policies: [["never"], ["always", "isAdmin"]])': [signedOut, "POLICY_DENIED", "POLICY_DENIED", null],
  "@freshAuth(withinSeconds: 300)": [signedOut, "REAUTHENTICATION_REQUIRED", "REAUTHENTICATION_REQUIRED", null],
};

const policies = {
  never: () => false,
  always: () => true,
  isAdmin: ({ principal }: { principal: Principal }) => principal.roles.includes("ADMIN"),
};

type Case = {
  what: string;
  select: string;
  /** Where the refusal is; undefined: nothing is refused, whoever asks. */
  refusedAt?: string;
  /** Whether the root resolver runs although the answer is refused: what is refused lies deeper. */
  runs?: boolean;
  variables?: Record<string, unknown>;
  onlySdl?: boolean;
};

/** What is asked for each place of the directive. */
const cases: Record<Place, Case[]> = {
  "root field": [
    { what: "the field", select: "thing { name }", refusedAt: "thing" },
    { what: "the field under another name", select: "alias: thing { name }", refusedAt: "alias" },
    { what: "another field", select: "named { name }" },
  ],
  "object type": [
    { what: "a field that returns it", select: "thing { name }", refusedAt: "thing" },
    { what: "only its __typename", select: "thing { __typename }", refusedAt: "thing" },
    { what: "a field that returns its interface", select: "named { name }", refusedAt: "named", runs: true },
    {
      what: "a field that returns a union",
      select: "either { __typename }",
      refusedAt: "either",
      runs: true,
      onlySdl: true,
    },
  ],
  interface: [
    { what: "a field that returns it", select: "named { name }", refusedAt: "named" },
    { what: "a field that returns a type that implements it", select: "thing { name }", refusedAt: "thing" },
    { what: "a fragment on it", select: "thing { ... on Named { name } }", refusedAt: "thing" },
    {
      what: "a union of types that implement it",
      select: "either { ... on Thing { name } }",
      refusedAt: "either",
      runs: true,
      onlySdl: true,
    },
  ],
  field: [
    { what: "the field", select: "thing { name }", refusedAt: "thing.name", runs: true },
    { what: "the field by its interface", select: "named { name }", refusedAt: "named.name", runs: true },
    { what: "the field by a fragment", select: "named { ... on Thing { name } }", refusedAt: "named.name", runs: true },
    {
      what: "the field of a union's type",
      select: "either { ... on Named { name } }",
      refusedAt: "either.name",
      runs: true,
      onlySdl: true,
    },
  ],
  "interface field": [
    { what: "the field by the interface", select: "named { name }", refusedAt: "named.name", runs: true },
    { what: "the field of a type that implements it", select: "thing { name }", refusedAt: "thing.name", runs: true },
    { what: "the field by a fragment", select: "thing { ... on Named { n: name } }", refusedAt: "thing.n", runs: true },
  ],
  argument: [
    { what: "the argument", select: "thing(arg: 1) { name }", refusedAt: "thing" },
    { what: "the argument as null", select: "thing(arg: null) { name }", refusedAt: "thing" },
    {
      what: "the argument in a variable",
      select: "thing(arg: $int) { name }",
      variables: { int: 1 },
      refusedAt: "thing",
    },
    {
      what: "the argument in a variable that is null",
      select: "thing(arg: $int) { name }",
      variables: { int: null },
      refusedAt: "thing",
    },
    { what: "a variable that is not set", select: "thing(arg: $int) { name }" },
    { what: "another argument", select: "thing(plain: 1) { name }" },
  ],
  "input field": [
    { what: "the input field", select: "thing(deep: [{ secret: 1 }]) { name }", refusedAt: "thing" },
    {
      what: "the input field as null",
      select: "thing(deep: [{ other: 1 }, { secret: null }]) { name }",
      refusedAt: "thing",
    },
    {
      what: "the input field further down",
      select: "thing(deep: { deeper: { deeper: { secret: 1 } } }) { name }",
      refusedAt: "thing",
    },
    {
      what: "it in a variable",
      select: "thing(deep: $deep) { name }",
      variables: { deep: [{ deeper: [{ secret: null }] }] },
      refusedAt: "thing",
    },
    {
      what: "it as a variable",
      select: "thing(deep: [{ secret: $int }]) { name }",
      variables: { int: 1 },
      refusedAt: "thing",
    },
    { what: "a variable that is not set", select: "thing(deep: [{ secret: $int }]) { name }" },
    { what: "other input fields", select: "thing(deep: [{ other: 1, deeper: [{ other: 1 }] }]) { name }" },
  ],
};

function queryOf(operation: string, { select }: Case): string {
  const used = ["$int: Int", "$deep: [Deep!]"].filter((each) => select.includes(each.slice(0, each.indexOf(":"))));
  return `${operation} ${used.length > 0 ? `(${used.join(", ")})` : ""} { ${select} }`;
}

/** Asks as `as`; for a subscription the first event counts, which the trusted one had subscribed to. */
async function answer(schema: GraphQLSchema, operation: string, each: Case, as: Principal | null) {
  const asked = { query: queryOf(operation, each), variables: each.variables };
  if (operation !== "subscription") return ask(schema, { ...asked, as });
  const { next, refusal } = await listen(schema, { ...asked, as: trusted });
  return next === null ? refusal : next(as);
}

const builds: Record<string, Build> = { SDL: buildFromSdl, "type-graphql": buildFromCode };

describe.each(Object.entries(builds))("a schema made by %s", (built, build) => {
  describe.each(Object.entries(directives))("%s", (directive, reasons) => {
    describe.each(Object.keys(cases) as Place[])("on one %s", (place) => {
      const calls = { count: 0 };
      const schema = protect(build(place, directive, calls), { policies });
      const asked = cases[place].filter(({ onlySdl }) => built === "SDL" || !onlySdl);

      describe.each(Object.keys(callers))("asked by one who is: %s", (who) => {
        const as = callers[who] as Principal | null;
        const reason = reasons[Object.keys(callers).indexOf(who)] ?? null;

        it.each(["query", "mutation", "subscription"])(
          "gives the answer to a %s, or the reason why not",
          async (operation) => {
            for (const each of asked) {
              const isRefused = reason !== null && each.refusedAt !== undefined;
              const open = await answer(schema, operation, each, trusted);
              expect(open, each.what).toEqual({ data: expect.anything(), refused: [] });
              calls.count = 0;
              const got = await answer(schema, operation, each, as);
              const refusal = { data: without(open.data, each.refusedAt), refused: [`${each.refusedAt}: ${reason}`] };
              expect(got, each.what).toEqual(isRefused ? refusal : open);
              expect(calls.count, each.what).toBe(isRefused && !each.runs ? 0 : 1);
            }
          },
        );

        it("begins a subscription, or gives the reason why not", async () => {
          for (const each of asked) {
            const isRefused = reason !== null && each.refusedAt !== undefined && !each.runs;
            const { refusal } = await listen(schema, {
              query: queryOf("subscription", each),
              variables: each.variables,
              as,
            });
            const expected = { data: undefined, refused: [`${each.refusedAt}: ${reason}`] };
            expect(refusal, each.what).toEqual(isRefused ? expected : null);
          }
        });
      });
    });
  });
});

/** The data with null in place of what is at `path`. */
function without(data: unknown, path = ""): unknown {
  const [key = "", ...rest] = path.split(".");
  const here = data as Record<string, unknown>;
  return { ...here, [key]: rest.length === 0 ? null : without(here[key], rest.join(".")) };
}
