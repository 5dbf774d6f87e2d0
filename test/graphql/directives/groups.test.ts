import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MusterError } from "../../../src/errors.js";
import type { Policy } from "../../../src/graphql/directives/index.js";
import { admin, anonymous, ask, askSync, principal, protect, someone } from "./support.js";

const name = fc.constantFrom("a", "b", "c", "d");
const groups = fc.array(fc.array(name, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 });
const held = fc.subarray(["a", "b", "c", "d"]);

const open = { data: { x: "yes" }, refused: [] };
const refused = (reason: string) => ({ data: { x: null }, refused: [`x: ${reason}`] });
const query = "{ x }";
const rootValue = { x: "yes" };

/** A schema whose one field carries these directives. */
const field = (...directives: string[]) => `type Query { x: String ${directives.join(" ")} }`;

describe("lists of lists: all of one list, and any list will do", () => {
  it("holds for scopes", () => {
    fc.assert(
      fc.property(groups, held, (scopes, mine) => {
        const schema = protect(field(`@requiresScopes(scopes: ${JSON.stringify(scopes)})`));
        const holds = scopes.some((group) => group.every((scope) => mine.includes(scope)));
        expect(askSync(schema, { query, rootValue, as: principal({ scopes: mine }) })).toEqual(
          holds ? open : refused("SCOPE_MISSING"),
        );
        expect(askSync(schema, { query, rootValue, as: anonymous })).toEqual(refused("TOKEN_MISSING"));
      }),
    );
  });

  it("holds for policies, whether they answer at once or later, and asks each list no further than its first refusal", async () => {
    const later = fc.subarray(["a", "b", "c", "d"]);
    await fc.assert(
      fc.asyncProperty(groups, held, later, async (names, agreeing, promising) => {
        const asked: string[] = [];
        const answer: Policy = ({ policy }) => {
          asked.push(policy);
          const agrees = agreeing.includes(policy);
          return promising.includes(policy) ? Promise.resolve(agrees) : agrees;
        };
        const policies = { a: answer, b: answer, c: answer, d: answer };
        const schema = protect(field(`@policy(policies: ${JSON.stringify(names)})`), { policies });
        const holds = names.findIndex((group) => group.every((each) => agreeing.includes(each)));
        const got = await ask(schema, { query, rootValue, as: someone });
        expect(got).toEqual(holds >= 0 ? open : refused("POLICY_DENIED"));
        const reached = names.slice(0, holds >= 0 ? holds + 1 : names.length);
        const upToRefusal = (group: string[]) => {
          const refusal = group.findIndex((each) => !agreeing.includes(each));
          return refusal < 0 ? group : group.slice(0, refusal + 1);
        };
        expect(asked).toEqual(reached.flatMap(upToRefusal));
      }),
    );
  });

  it("holds for roles with any one of them", () => {
    const roles = fc.array(name, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(roles, held, (wanted, mine) => {
        const schema = protect(field(`@requiresRole(roles: ${JSON.stringify(wanted)})`));
        const holds = wanted.some((role) => mine.includes(role));
        expect(askSync(schema, { query, rootValue, as: principal({ roles: mine }) })).toEqual(
          holds ? open : refused("ROLE_MISSING"),
        );
      }),
    );
  });

  it("reads a single name as a list of one", () => {
    const schema = protect(field('@requiresScopes(scopes: "a")', '@requiresRole(roles: "r")'));
    expect(askSync(schema, { query, rootValue, as: principal({ scopes: ["a"], roles: ["r"] }) })).toEqual(open);
    expect(askSync(schema, { query, rootValue, as: principal({ scopes: ["a"] }) })).toEqual(refused("ROLE_MISSING"));
    expect(askSync(schema, { query, rootValue, as: principal({ roles: ["r"] }) })).toEqual(refused("SCOPE_MISSING"));
  });

  it("compares names letter by letter", () => {
    const schema = protect(field('@requiresRole(roles: ["ADMIN"])'));
    for (const roles of [["admin"], ["ADMIN "], ["ADMINS"], ["A", "DMIN"]]) {
      expect(askSync(schema, { query, rootValue, as: principal({ roles }) })).toEqual(refused("ROLE_MISSING"));
    }
  });
});

describe("several rules at once", () => {
  it("must all hold, wherever they stand", () => {
    const sdl = `interface I @requiresRole(roles: ["a"]) { x(y: Int @requiresRole(roles: ["b"])): Out @requiresRole(roles: ["c"]) }
      type Query implements I @requiresRole(roles: ["d"]) { x(y: Int @requiresRole(roles: ["e"])): Out @requiresRole(roles: ["f"]) }
      interface J @requiresRole(roles: ["g"]) { z: Int } type Out implements J @requiresRole(roles: ["h"]) { z: Int }`;
    const schema = protect(sdl);
    const all = ["a", "b", "c", "d", "e", "f", "g", "h"];
    const asked = { query: "{ x(y: 1) { z } }", rootValue: { x: { z: 1 } } };
    expect(askSync(schema, { ...asked, as: principal({ roles: all }) })).toEqual({
      data: { x: { z: 1 } },
      refused: [],
    });
    for (const role of all) {
      const roles = all.filter((each) => each !== role);
      expect(askSync(schema, { ...asked, as: principal({ roles }) }), role).toEqual(refused("ROLE_MISSING"));
    }
  });

  it("are asked in one order: role, scope, policy, fresh proof", () => {
    const directives = [
      '@policy(policies: "p")',
      "@freshAuth(withinSeconds: 60)",
      '@requiresScopes(scopes: "s")',
      '@requiresRole(roles: "r")',
    ];
    const schema = (agrees: boolean) => protect(field(...directives), { policies: { p: () => agrees } });
    const stale = { provedSecondsAgo: 61 };
    const both = { roles: ["r"], scopes: ["s"] };
    const asked = { query, rootValue };
    expect(askSync(schema(false), { ...asked, as: principal(stale) })).toEqual(refused("ROLE_MISSING"));
    expect(askSync(schema(false), { ...asked, as: principal({ ...stale, roles: ["r"] }) })).toEqual(
      refused("SCOPE_MISSING"),
    );
    expect(askSync(schema(false), { ...asked, as: principal({ ...stale, ...both }) })).toEqual(
      refused("POLICY_DENIED"),
    );
    expect(askSync(schema(true), { ...asked, as: principal({ ...stale, ...both }) })).toEqual(
      refused("REAUTHENTICATION_REQUIRED"),
    );
    expect(askSync(schema(true), { ...asked, as: principal(both) })).toEqual(open);
  });

  it("are all asked, though one before them answers late", async () => {
    const slow = { p: async () => true, q: async () => true };
    const directives = ['@policy(policies: "p")', "@freshAuth(withinSeconds: 60)"];
    const both = protect(`type Query @policy(policies: "q") { x: String ${directives.join(" ")} }`, { policies: slow });
    const asked = { query, rootValue };
    expect(await ask(both, { ...asked, as: principal({ provedSecondsAgo: 61 }) })).toEqual(
      refused("REAUTHENTICATION_REQUIRED"),
    );
    expect(await ask(both, { ...asked, as: principal() })).toEqual(open);
    for (const name of ["p", "q"]) {
      const one = protect(`type Query @policy(policies: "q") { x: String ${directives.join(" ")} }`, {
        policies: { ...slow, [name]: async () => false },
      });
      expect(await ask(one, { ...asked, as: principal() }), name).toEqual(refused("POLICY_DENIED"));
    }
  });

  it("are each asked once, though several places say the same", () => {
    let asked = 0;
    const policies = { p: () => ++asked > 0 };
    const rule = '@policy(policies: [["p"]])';
    const sdl = `interface Face ${rule} { z: Int }
      type Query ${rule} { x(y: Int ${rule}): Out ${rule}, face: Face }
      type Out implements Face ${rule} { z: Int }`;
    const schema = protect(sdl, { policies });
    const rootValue = { x: {}, face: { __typename: "Out" } };
    askSync(schema, { query: "{ x(y: 1) { __typename } }", rootValue, as: someone });
    expect(asked).toBe(1);
    askSync(schema, { query: "{ face { __typename } }", rootValue, as: someone });
    expect(asked).toBe(2);
  });
});

describe("@policy", () => {
  const schemaWith = (p: Policy) =>
    protect(`type Query { x(y: Int): String @policy(policies: "p") }`, { policies: { p } });

  it("is told who asks, for what, and with which arguments", () => {
    let told: Parameters<Policy>[0] | undefined;
    const schema = schemaWith((question) => {
      told = question;
      return true;
    });
    expect(askSync(schema, { query: "{ x(y: 7) }", rootValue, as: admin })).toEqual(open);
    expect(told).toMatchObject({
      principal: admin,
      context: { principal: admin },
      source: rootValue,
      args: { y: 7 },
      policy: "p",
    });
    expect(told?.info.fieldName).toBe("x");
  });

  it("is not asked for anonymous callers", () => {
    const schema = schemaWith(() => {
      throw new Error("asked");
    });
    expect(askSync(schema, { query, rootValue, as: anonymous })).toEqual(refused("TOKEN_MISSING"));
  });

  it.each([[1], ["true"], [{}], [null], [undefined]])(
    "lets through with nothing but true: not with %o",
    async (answer) => {
      const at = { query, rootValue, as: someone };
      expect(
        askSync(
          schemaWith(() => answer as never),
          at,
        ),
      ).toEqual(refused("POLICY_DENIED"));
      expect(
        await ask(
          schemaWith(async () => answer as never),
          at,
        ),
      ).toEqual(refused("POLICY_DENIED"));
    },
  );

  it("refuses with what it throws, its own reason included", async () => {
    const at = { query, rootValue, as: someone };
    const bug = { data: { x: null }, refused: [expect.stringContaining("a bug")] };
    const fail = (error: Error) => () => {
      throw error;
    };
    expect(askSync(schemaWith(fail(new Error("a bug"))), at)).toEqual(bug);
    expect(
      await ask(
        schemaWith(async () => fail(new Error("a bug"))()),
        at,
      ),
    ).toEqual(bug);
    expect(askSync(schemaWith(fail(new MusterError("STORE_UNREACHABLE"))), at)).toEqual(refused("STORE_UNREACHABLE"));
  });
});

describe("@freshAuth", () => {
  const schema = protect(field("@freshAuth(withinSeconds: 60)"));
  const provedSecondsAgo = (seconds: number) => principal({ provedSecondsAgo: seconds });

  it.each([
    [0, open],
    [59.999, open],
    [60, open],
    [60.001, refused("REAUTHENTICATION_REQUIRED")],
    [1e9, refused("REAUTHENTICATION_REQUIRED")],
    // another instance's clock may be a little ahead
    [-5, open],
    [Number.NaN, refused("REAUTHENTICATION_REQUIRED")],
  ])("holds up to its time: proved %d seconds ago", (seconds, expected) => {
    expect(askSync(schema, { query, rootValue, as: provedSecondsAgo(seconds) })).toEqual(expected);
  });

  it("holds for the shortest time where several stand", () => {
    const strict = protect("type Query @freshAuth(withinSeconds: 600) { x: String @freshAuth(withinSeconds: 60) }");
    expect(askSync(strict, { query, rootValue, as: provedSecondsAgo(61) })).toEqual(
      refused("REAUTHENTICATION_REQUIRED"),
    );
    expect(askSync(strict, { query, rootValue, as: provedSecondsAgo(60) })).toEqual(open);
  });
});
