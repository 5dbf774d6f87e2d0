import { type Clock, clocksApartMs } from "../clock.js";
import type { Feed } from "../feed/feed.js";
import type { ClusterTime } from "../store/cluster-time.js";
import type { RetiredSubjects } from "../store/retired-subjects.js";
import type { StandingStore, StandingUser } from "../store/standing.js";
import type { SystemState, SystemStore } from "../store/system.js";
import type { AccessClaims } from "../tokens/claims.js";
import { userIdOf } from "../tokens/subject.js";
import { type StandingRecord, speaksAgainst, toRecord } from "./record.js";

/** What an instance knows against users without reading them. */
export type Standing = {
  /**
   * Whether all is known that could speak against a token, and nothing does: no guard, and none of its user's ended tokens. False says
   * nothing: then the user's state has to be asked.
   */
  isClear(claims: Pick<AccessClaims, "sub" | "jti" | "ims" | "sys">): boolean;
  stats(): StandingStats;
};

/** Whether everything was loaded; of how many users something is known, how many subjects are retired, how many users are to be read again. */
export type StandingStats = { loaded: boolean; users: number; subjects: number; doubted: number };

export type StandingOptions = {
  store: StandingStore;
  retired: Pick<RetiredSubjects, "list">;
  system: Pick<SystemStore, "read">;
  feed: Pick<Feed, "listen" | "freshForMs" | "appliedThrough">;
  clock: Pick<Clock, "now">;
  accessTokenSeconds: number;
  onError?: ((error: unknown) => void) | undefined;
};

type Known = { system: SystemState; users: Map<string, StandingRecord>; subjects: Map<string, number> };

const mostReadAtOnce = 500;
const pruneEveryMs = 60_000;
/** When more than this are in doubt, because reads fail, everything is loaded again. */
const mostDoubted = 100_000;

/**
 * Loaded whole once the feed has proved that its stream is open, and kept by the feed: each change of a user raises a doubt, within the
 * call in which the feed tells of it and so before it is acknowledged to anybody, and the doubt stands until a few fields of the user have
 * been read that are newer than the change. Nobody is cleared who is in doubt. So no read holds the feed up, one that fails costs nothing
 * but reads of the state, and no difference that an event describes has to be put together to a document.
 *
 * It only ever clears. What stands against a token is told by a read of the user's state, so that whoever was enabled again is let in at
 * once.
 */
export function createStanding({
  store,
  retired,
  system,
  feed,
  clock,
  accessTokenSeconds,
  onError = () => {},
}: StandingOptions): Standing {
  const keptMs = accessTokenSeconds * 1_000 + clocksApartMs;
  /** Users of whom something has changed, and when. */
  const doubted = new Map<string, ClusterTime>();
  let heardThrough: ClusterTime = 0n;
  /** Users whose documents were seen to be gone: no load finds them, so a reset does not forget them. */
  const gone = new Map<string, StandingRecord>();
  /** The latest that this clock has said where something was left out or forgotten because of it: it may have been ahead. */
  let forgottenThroughMs = 0;
  let known: Known | null = null;
  /** A new one at each reset: what was begun under another is worth nothing. */
  let era = {};
  let isLoading = false;
  let isReading = false;
  let prunedAtMs = 0;

  feed.listen({
    onUser({ userId, at }) {
      // a load that begins later comes after it
      if (!known && !isLoading) return;
      doubted.set(userId, at);
      heardThrough = at;
      if (doubted.size > mostDoubted) forget();
      else void settleDoubts();
    },
    onReset: forget,
    onProof() {
      if (known) void settleDoubts();
      else void load();
      prune();
    },
  });

  function forget(): void {
    era = {};
    known = null;
    isLoading = false;
    doubted.clear();
  }

  /** From before a load is sent on the stream tells of everything that it may miss. */
  async function load(): Promise<void> {
    const after = feed.appliedThrough();
    if (isLoading || after === null) return;
    const began = era;
    isLoading = true;
    try {
      const nowMs = clock.now();
      forgottenThroughMs = Math.max(forgottenThroughMs, nowMs);
      // one after the other: what fails leaves nothing on its way behind it
      const everybody = await system.read(after);
      const subjects = await retired.list(nowMs - clocksApartMs, after);
      const users = await store.all(nowMs - keptMs, after);
      if (era !== began) return;
      known = { system: everybody, users: new Map(), subjects: new Map() };
      for (const user of users) note(known, user.userId, user);
      for (const { subject, until } of subjects) known.subjects.set(subject, until.getTime() + clocksApartMs);
      void settleDoubts();
    } catch (error) {
      // the next beat tries again
      if (era === began) onError(error);
    } finally {
      if (era === began) isLoading = false;
    }
  }

  /** Reads those who are in doubt, many at once, until there are none. */
  async function settleDoubts(): Promise<void> {
    if (!known || isReading || doubted.size === 0) return;
    const [began, at] = [era, known];
    isReading = true;
    try {
      while (era === began && doubted.size > 0) {
        const batch = [...doubted].slice(0, mostReadAtOnce);
        const ids = batch.map(([userId]) => userId);
        const found = await store.some(ids, heardThrough);
        if (era !== began) return;
        const users = new Map(found.map((user) => [user.userId, user]));
        for (const [userId, time] of batch) {
          // something has happened since that was sent: once more
          if (doubted.get(userId) !== time) continue;
          doubted.delete(userId);
          note(at, userId, users.get(userId));
        }
      }
    } catch (error) {
      // the next beat tries again
      if (era === began) onError(error);
    } finally {
      isReading = false;
    }
  }

  function note({ users }: Known, userId: string, user: StandingUser | undefined): void {
    const nowMs = clock.now();
    const record = toRecord(user, { nowMs, keptMs });
    users.delete(userId);
    gone.delete(userId);
    if (!record) forgottenThroughMs = Math.max(forgottenThroughMs, nowMs);
    else (user ? users : gone).set(userId, record);
  }

  /** Forgets what could end only tokens that have expired. */
  function prune(): void {
    const nowMs = clock.now();
    if (!known || nowMs - prunedAtMs < pruneEveryMs) return;
    prunedAtMs = nowMs;
    forgottenThroughMs = Math.max(forgottenThroughMs, nowMs);
    for (const records of [known.users, gone])
      for (const [userId, { endsMs }] of records) if (endsMs <= nowMs) records.delete(userId);
    for (const [subject, endsMs] of known.subjects) if (endsMs <= nowMs) known.subjects.delete(subject);
  }

  return {
    isClear(claims) {
      if (!known || feed.freshForMs() <= 0) return false;
      const { sub, sys, ims } = claims;
      if (sys < known.system.counter || ims < known.system.tokensValidAfterMs || known.subjects.has(sub)) return false;
      // what stood against a token as old as this may be forgotten
      if (ims + keptMs <= forgottenThroughMs) return false;
      const userId = userIdOf(sub);
      if (doubted.has(userId)) return false;
      const record = known.users.get(userId) ?? gone.get(userId);
      return !record || !speaksAgainst(record, claims);
    },
    stats: () => ({
      loaded: known !== null,
      users: (known?.users.size ?? 0) + gone.size,
      subjects: known?.subjects.size ?? 0,
      doubted: doubted.size,
    }),
  };
}
