import type { Choose } from "./agenda.js";
import type { Instance } from "./instance.js";
import type { Log, Roll } from "./store.js";

/** What a client holds. */
type Token = { sid: string; jti: string };

/** A mutation that ends something: what it promises to be dead, and when it had returned. */
type Revocation = { covers: ReadonlySet<string>; returnedAt: number };

/** Sum of what clients were told. */
export type Counts = { admitted: number; refused: number; unknown: number; revocations: number };

/**
 * The clients of one user. They know what they were told, and the log knows what is true: a request that began after a revocation had
 * returned is not admitted with what it ended, and a token that is on the roll is not refused.
 */
export function createClients({
  log,
  choose,
  trace,
  now,
}: {
  log: Log;
  choose: Choose;
  trace: (line: string) => void;
  /** Logical time: what has happened before what. */
  now: () => number;
}) {
  const counts: Counts = { admitted: 0, refused: 0, unknown: 0, revocations: 0 };
  const faults: string[] = [];
  const held: Token[] = [];
  const removed = new Set<string>();
  const revocations: Revocation[] = [];
  const open = new Set<{ at: Instance }>();
  let names = 0;

  function logIn(at: Instance): void {
    const token = { sid: `s${++names}`, jti: `t${names}` };
    at.change(`login of ${token.sid}`, false, (roll) => new Map(roll).set(token.sid, [token.jti])).then(
      () => held.push(token),
      () => {},
    );
  }

  function refresh(at: Instance, { sid }: Token): void {
    const token = { sid, jti: `t${++names}` };
    const added = (roll: Roll) => (roll.has(sid) ? new Map(roll).set(sid, [...roll.get(sid)!, token.jti]) : null);
    at.change(`refresh of ${sid}`, false, added).then(
      (done) => done && held.push(token),
      () => {},
    );
  }

  function revoke(at: Instance, title: string, remaining: (roll: Roll) => Roll | null): void {
    let covers: ReadonlySet<string> = new Set();
    const change = (roll: Roll) => {
      const after = remaining(roll);
      if (!after) return null;
      for (const sid of roll.keys()) if (!after.has(sid)) removed.add(sid);
      // a repeat promises as much as the first
      covers = new Set(log.entries().flatMap((entry) => [...entry.roll.keys()].filter((sid) => !after.has(sid))));
      return after;
    };
    at.change(title, true, change).then(
      (done) => {
        if (!done) return;
        trace(`${title} has returned`);
        counts.revocations++;
        revocations.push({ covers, returnedAt: now() });
      },
      () => trace(`${title}: unknown`),
    );
  }

  function request(at: Instance, token: Token, mustBeKnown = false): void {
    const beganAt = now();
    const asked = { at };
    open.add(asked);
    const what = `${token.jti} of ${token.sid} at ${at.name}`;
    trace(`request with ${what}`);
    void at.look(token).then((outcome) => {
      open.delete(asked);
      trace(`${what}: ${outcome}`);
      if (outcome === "admit") {
        counts.admitted++;
        const isDead = revocations.some(({ covers, returnedAt }) => returnedAt < beganAt && covers.has(token.sid));
        if (isDead) faults.push(`wrong admit of ${what}`);
      } else if (outcome === "refuse") {
        counts.refused++;
        const isGood = log.last().roll.get(token.sid)?.includes(token.jti);
        if (isGood || !removed.has(token.sid)) faults.push(`wrong refusal of ${what}`);
      } else {
        counts.unknown++;
        if (mustBeKnown) faults.push(`still unknown: ${what}`);
      }
    });
  }

  const without = (roll: Roll, sid: string) => new Map([...roll].filter(([id]) => id !== sid));

  return {
    counts,
    faults,
    logIn,

    /** One client does something at this instance. */
    act(at: Instance): void {
      const kind = choose(32);
      const token = held.at(-1 - choose(Math.max(1, Math.min(held.length, 6))));
      if (!token || kind < 3) logIn(at);
      else if (kind === 3) refresh(at, token);
      else if (kind === 4) revoke(at, "logout everywhere", () => new Map());
      else if (kind === 5) revoke(at, `end of ${token.sid}`, (roll) => without(roll, token.sid));
      else if (kind < 8)
        revoke(at, `logout of ${token.sid}`, (roll) => (roll.has(token.sid) ? without(roll, token.sid) : null));
      else request(at, token);
    },

    /** Asks what each of the newest tokens is worth. */
    askAll(at: Instance, { mustBeKnown = false } = {}): void {
      for (const token of held.slice(-4)) request(at, token, mustBeKnown);
    },

    /** How many requests have no answer yet. */
    waiting: () => open.size,

    /** This instance answers nothing any more. */
    giveUp(at: Instance): void {
      for (const asked of open) if (asked.at === at) open.delete(asked);
    },
  };
}
