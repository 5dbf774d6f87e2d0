import { describe, expect, it } from "vitest";
import type { Admission, Authenticate } from "../../src/authenticate.js";
import { systemClock } from "../../src/clock.js";
import { MusterError } from "../../src/errors.js";
import type { FeedListener } from "../../src/feed/feed.js";
import { createConnections } from "../../src/sockets/connections.js";
import type { End } from "../../src/sockets/end.js";
import type { AccessClaims } from "../../src/tokens/claims.js";

const sid = "session";
const userId = "user";
const claims = (of = sid) => ({ sub: userId, sid: of, exp: Date.now() / 1_000 + 900 }) as AccessClaims;
const admitted = { outcome: "admit", principal: { userId, sessionId: sid }, claims: claims() } as Admission;
const refused = (reason: ConstructorParameters<typeof MusterError>[0]): Admission => ({
  outcome: "refuse",
  error: new MusterError(reason),
});
const unknown: Admission = { outcome: "unknown", error: new MusterError("STORE_UNREACHABLE") };

/** Connections whose looks are answered one by one, and a feed that says what it is told to say. */
function start({ patienceMs }: { patienceMs?: number } = {}) {
  const looks: ((admission: Admission) => void)[] = [];
  const look = () => new Promise<Admission>((resolve) => looks.push(resolve));
  const authenticate: Pick<Authenticate, "session" | "token" | "read"> = {
    read: (token) => claims(token),
    token: look,
    session: look,
  };
  let listener!: FeedListener;
  let freshForMs = 1_000;
  const connections = createConnections({
    authenticate,
    feed: {
      freshForMs: () => freshForMs,
      listen(added) {
        listener = added;
        return () => {};
      },
    },
    isLeased: () => true,
    clock: systemClock,
    limits: { socketsPerSession: 10, socketsPerUser: 10 },
    ...(patienceMs !== undefined && { patienceMs }),
  });
  const ends: End[] = [];
  const carrier = { asksFirst: true, cut: (end: End) => void ends.push(end) };
  const nextLook = async () => {
    for (let turn = 0; looks.length === 0; turn++) {
      if (turn > 1_000) throw new Error("Nobody looks.");
      await new Promise((resolve) => setImmediate(resolve));
    }
    return looks.shift()!;
  };
  return {
    connections,
    ends,
    nextLook,
    /** Answers the looks that are asked for now, and those that follow from that. */
    async answer(admission: Admission) {
      for (let turn = 0; turn < 20; turn++) {
        for (const each of looks.splice(0)) each(admission);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    open: (token = sid) => connections.open(token, carrier),
    /** The feed tells of a change; gives what the feed waits for. */
    tell: (ended: { id: string; reason: string }[]) =>
      listener.onUser({
        kind: "user",
        userId,
        at: 1n,
        revoking: true,
        ended: ended.map((entry) => ({ ...entry, at: new Date(), until: new Date() })),
      }),
    reset: () => listener.onReset(),
    lapse() {
      freshForMs = 0;
    },
  };
}

describe("a connection that is being opened", () => {
  it("is found by the end of its session, though the look at its token has not come back", async () => {
    const { open, tell, nextLook, ends, connections } = start();
    const opening = open();
    const answer = await nextLook();
    expect(connections.stats().open).toBe(1);
    tell([{ id: sid, reason: "LOGGED_OUT" }]);
    expect(ends).toEqual([{ code: 4401, reason: "LOGGED_OUT", isOfSession: true }]);
    answer(admitted);
    expect(await opening).toBeNull();
    expect(connections.stats()).toEqual({ open: 0, cut: { LOGGED_OUT: 1 } });
  });

  it("is looked at once more where its user was changed while the look was on its way", async () => {
    const { open, tell, nextLook, answer, ends } = start();
    const opening = open();
    const overtaken = await nextLook();
    tell([]);
    overtaken(admitted);
    const connection = await opening;
    const sent: string[] = [];
    const delivered = connection?.deliver(() => sent.push("news"));
    expect(sent).toEqual([]);
    await answer(refused("SESSION_REVOKED"));
    await delivered;
    expect(sent).toEqual([]);
    expect(ends).toMatchObject([{ code: 4401, reason: "SESSION_REVOKED" }]);
  });

  it("has left no trace where it was refused", async () => {
    const { open, nextLook, ends, connections } = start();
    const opening = open();
    (await nextLook())(refused("USER_DISABLED"));
    expect(await opening).toBeNull();
    expect(ends).toMatchObject([{ code: 4401, reason: "USER_DISABLED" }]);
    expect(connections.stats().open).toBe(0);
  });
});

/** An open connection, and what was sent over it. */
async function opened(options?: Parameters<typeof start>[0]) {
  const rig = start(options);
  const opening = rig.open();
  (await rig.nextLook())(admitted);
  const connection = (await opening)!;
  const sent: number[] = [];
  return { ...rig, connection, sent, deliver: (n: number) => connection.deliver(() => sent.push(n)) };
}

describe("what is delivered", () => {
  it("goes out at once while the instance is fresh and nothing happened", async () => {
    const { deliver, sent } = await opened();
    deliver(1);
    expect(sent).toEqual([1]);
  });

  it("never goes out after the call that told of the end", async () => {
    const { deliver, sent, tell, ends } = await opened();
    expect(
      tell([
        { id: "another", reason: "LOGGED_OUT" },
        { id: sid, reason: "PASSWORD_CHANGED" },
      ]),
    ).toBeUndefined();
    deliver(1);
    expect(sent).toEqual([]);
    expect(ends).toEqual([{ code: 4401, reason: "PASSWORD_CHANGED", isOfSession: true }]);
  });

  it("is held in its order after a change that says nothing of this session, until a look says that it lives", async () => {
    const { deliver, sent, tell, answer } = await opened();
    tell([{ id: "all", reason: "LOGGED_OUT_OTHERS" }]);
    deliver(1);
    deliver(2);
    expect(sent).toEqual([]);
    await answer(admitted);
    expect(sent).toEqual([1, 2]);
    deliver(3);
    expect(sent).toEqual([1, 2, 3]);
  });

  it("is not let go by a look that began before the last change, or before the feed had taken it in", async () => {
    const { deliver, sent, tell, nextLook, answer, ends } = await opened();
    tell([]);
    deliver(1);
    const tooEarly = await nextLook();
    tooEarly(admitted);
    const overtaken = await nextLook();
    tell([]);
    overtaken(admitted);
    await Promise.resolve();
    expect(sent).toEqual([]);
    await answer(refused("SESSION_REVOKED"));
    expect(sent).toEqual([]);
    expect(ends).toHaveLength(1);
  });

  it("is held while the instance is not fresh, each behind a look that began after it", async () => {
    const { deliver, sent, lapse, nextLook, answer } = await opened();
    lapse();
    deliver(1);
    const first = await nextLook();
    deliver(2);
    first(admitted);
    const second = await nextLook();
    expect(sent).toEqual([1]);
    second(admitted);
    await answer(admitted);
    expect(sent).toEqual([1, 2]);
  });

  it("is held after a reset", async () => {
    const { deliver, sent, reset, answer } = await opened();
    reset();
    deliver(1);
    expect(sent).toEqual([]);
    await answer(admitted);
    expect(sent).toEqual([1]);
  });

  it("is dropped, and the connection with it, where nothing can be known for too long", async () => {
    const { deliver, sent, lapse, nextLook, ends } = await opened({ patienceMs: 50 });
    lapse();
    const delivered = deliver(1);
    (await nextLook())(unknown);
    await delivered;
    expect(sent).toEqual([]);
    expect(ends).toEqual([{ code: 1013, reason: "STORE_UNREACHABLE", isOfSession: false }]);
  });
});

describe("the reason of an end", () => {
  it("is never longer than a close frame may be, whatever stands in the database", async () => {
    const { tell, ends } = await opened();
    tell([{ id: sid, reason: "X".repeat(500) }]);
    expect(ends).toEqual([{ code: 4401, reason: "SESSION_REVOKED", isOfSession: true }]);
  });
});
