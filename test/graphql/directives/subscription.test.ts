import { describe, expect, it } from "vitest";
import { MusterError } from "../../../src/errors.js";
import { admin, anonymous, type Context, listen, protect, someone } from "./support.js";

const sdl = `
  type Query { a: String @public }
  type User { id: ID, email: String @requiresRole(roles: "ADMIN") }
  type Subscription {
    users(of: ID @requiresRole(roles: "ADMIN")): User @authenticated
    open: Int @public
    resolved: Int @authenticated
  }`;

const users = [1, 2, 3, 4].map((id) => ({ users: { id: String(id), email: "e" } }));

/** A source of events that tells whether it was begun. */
function source<T>(events: T[]) {
  const state = { begun: 0, ended: false };
  async function* stream() {
    state.begun += 1;
    try {
      yield* events;
    } finally {
      state.ended = true;
    }
  }
  return { state, stream };
}

describe("a subscription", () => {
  it("is not begun for those who may not: its source is never asked", async () => {
    const { state, stream } = source(users);
    const schema = protect(sdl, { resolvers: { "Subscription.users:subscribe": stream } });
    const refused = async (query: string, as: Context["principal"]) =>
      (await listen(schema, { query, as })).refusal?.refused;
    expect(await refused("subscription { users { id } }", anonymous)).toEqual(["users: TOKEN_MISSING"]);
    expect(await refused('subscription { users(of: "1") { id } }', someone)).toEqual(["users: ROLE_MISSING"]);
    expect(state.begun).toBe(0);
    expect(await refused('subscription { users(of: "1") { id } }', admin)).toBeUndefined();
  });

  it("is judged again for each event, by who its subscriber then is", async () => {
    const { stream } = source(users);
    const schema = protect(sdl, { resolvers: { "Subscription.users:subscribe": stream } });
    const { next } = await listen(schema, { query: "subscription { users { id } }", as: someone });
    expect(await next?.(someone)).toEqual({ data: { users: { id: "1" } }, refused: [] });
    expect(await next?.(anonymous)).toEqual({ data: { users: null }, refused: ["users: TOKEN_MISSING"] });
    expect(await next?.(someone)).toEqual({ data: { users: { id: "3" } }, refused: [] });
  });

  it("has its fields guarded in each event", async () => {
    const { stream } = source(users);
    const schema = protect(sdl, { resolvers: { "Subscription.users:subscribe": stream } });
    const { next } = await listen(schema, { query: "subscription { users { id email } }", as: someone });
    expect(await next?.(someone)).toEqual({
      data: { users: { id: "1", email: null } },
      refused: ["users.email: ROLE_MISSING"],
    });
    expect(await next?.(admin)).toEqual({ data: { users: { id: "2", email: "e" } }, refused: [] });
  });

  it("has its arguments guarded in each event", async () => {
    const { stream } = source(users);
    const schema = protect(sdl, { resolvers: { "Subscription.users:subscribe": stream } });
    const query = "subscription ($of: ID) { users(of: $of) { id } }";
    const { next } = await listen(schema, { query, variables: { of: null }, as: admin });
    expect(await next?.(admin)).toEqual({ data: { users: { id: "1" } }, refused: [] });
    expect(await next?.(someone)).toEqual({ data: { users: null }, refused: ["users: ROLE_MISSING"] });
  });

  it("keeps its own resolver, which does not run for a refused event", async () => {
    const ran: unknown[] = [];
    const { stream } = source([10, 20]);
    const resolve = (event: unknown) => ran.push(event) * 100;
    const schema = protect(sdl, {
      resolvers: { "Subscription.resolved:subscribe": stream, "Subscription.resolved": resolve },
    });
    const { next } = await listen(schema, { query: "subscription { resolved }", as: someone });
    expect((await next?.(anonymous))?.refused).toEqual(["resolved: TOKEN_MISSING"]);
    expect(await next?.(someone)).toEqual({ data: { resolved: 100 }, refused: [] });
    expect(ran).toEqual([20]);
  });

  it("begins from the root value where it has no source of its own", async () => {
    const { stream } = source([{ open: 1 }]);
    const schema = protect(sdl);
    const { next } = await listen(schema, {
      query: "subscription { open }",
      as: anonymous,
      rootValue: { open: stream },
    });
    expect(await next?.(anonymous)).toEqual({ data: { open: 1 }, refused: [] });
  });

  it("for everyone refuses a dead token when it begins, and at each event", async () => {
    const { stream } = source([{ open: 1 }, { open: 2 }]);
    let isDead = true;
    const authorize = async () => {
      if (isDead) throw new MusterError("SESSION_REVOKED");
      return someone;
    };
    const schema = protect(sdl, { authorize, resolvers: { "Subscription.open:subscribe": stream } });
    const begun = await listen(schema, { query: "subscription { open }" });
    expect(begun.refusal).toEqual({ data: undefined, refused: ["open: SESSION_REVOKED"] });
    isDead = false;
    const { next } = await listen(schema, { query: "subscription { open }" });
    expect(await next?.(null)).toEqual({ data: { open: 1 }, refused: [] });
    isDead = true;
    expect(await next?.(null)).toEqual({ data: { open: null }, refused: ["open: SESSION_REVOKED"] });
  });

  it("gives each event a request of its own to tell it apart by", async () => {
    const { stream } = source(users);
    const requests = new Set<unknown>();
    const authorize = (context: Context, info: { variableValues: unknown }) => {
      requests.add(info.variableValues);
      return context.principal;
    };
    const schema = protect(sdl, { authorize, resolvers: { "Subscription.users:subscribe": stream } });
    const { next } = await listen(schema, { query: "subscription { users { id } }", as: admin });
    await next?.(admin);
    await next?.(admin);
    expect(requests.size).toBe(3);
  });
});
