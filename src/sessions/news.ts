import { setTimeout as delay } from "node:timers/promises";
import type { LoadAuthState } from "../auth-state/load.js";
import type { Feed } from "../feed/feed.js";
import { isEndedForEverybody } from "../revocation/guards.js";
import type { ClusterTime } from "../store/cluster-time.js";
import type { OpenRollChanges, RollChangeSource } from "../store/roll-changes.js";
import { createQueue, type Queue } from "./queue.js";

/** What happened to one session of a user. */
export type SessionsChange = { kind: "added" | "ended"; sessionId: string };

/** Tells of the sessions that users get and lose, on any instance. */
export type SessionNews = {
  /** What happens to a user's sessions from when this has resolved on; until it is returned. */
  of(userId: string): Promise<AsyncIterableIterator<SessionsChange>>;
  /** This instance has changed the user: for databases that tell of nothing. */
  wrote(userId: string): void;
  close(): void;
};

type Watched = {
  queues: Set<Queue<SessionsChange>>;
  /** The ids on the roll as they were told; null before the first read. */
  known: ReadonlySet<string> | null;
  reading: Promise<void> | null;
  /** A change came while a read was on its way: read again, after this time. */
  again: { after: ClusterTime | undefined } | null;
};

const retryMs = 1_000;
const beginLimitMs = 2_000;

/**
 * Each change of a user who is listened to is answered by a read of the roll, and told as the difference to the last one: so a session that
 * was removed by hand is told like any other, and none twice. The stream of logins is open only while somebody on this instance
 * listens.
 */
export function createSessionNews({
  load,
  feed,
  openRollChanges,
  hasChangeStreams,
  isLeased,
  onError = () => {},
}: {
  load: LoadAuthState;
  feed: Pick<Feed, "listen">;
  openRollChanges: OpenRollChanges;
  hasChangeStreams: () => Promise<boolean>;
  /** Whether the feed tells of sessions that end. */
  isLeased: () => boolean;
  onError?: ((error: unknown) => void) | undefined;
}): SessionNews {
  const watched = new Map<string, Watched>();
  let stream: { begun: Promise<ClusterTime | undefined>; stop: AbortController } | null = null;

  feed.listen({
    // not waited for: what is told here is news, and no promise
    onUser: ({ userId, at }) => void refresh(userId, at),
    onReset: () => refreshAll(),
  });

  function refreshAll(after?: ClusterTime): void {
    for (const userId of watched.keys()) void refresh(userId, after);
  }

  /** Reads a user's roll, after this time, and tells what is different; joined while one is on its way. */
  function refresh(userId: string, after?: ClusterTime): Promise<void> {
    const user = watched.get(userId);
    if (!user) return Promise.resolve();
    if (user.reading !== null) user.again = { after: later(user.again?.after, after) };
    user.reading ??= read(userId, user, after).finally(() => {
      user.reading = null;
      const { again } = user;
      user.again = null;
      if (again) void refresh(userId, again.after);
    });
    return user.reading;
  }

  async function read(userId: string, user: Watched, after: ClusterTime | undefined): Promise<void> {
    try {
      const state = await load(userId, { after });
      const standing = state?.sessions.filter((session) => !isEndedForEverybody(session, state.system));
      const ids = new Set(standing?.map(({ id }) => id));
      if (user.known) {
        for (const id of user.known) if (!ids.has(id)) tell(user, { kind: "ended", sessionId: id });
        for (const id of ids) if (!user.known.has(id)) tell(user, { kind: "added", sessionId: id });
      }
      user.known = ids;
    } catch (error) {
      onError(error);
      setTimeout(() => void refresh(userId, after), retryMs).unref();
    }
  }

  function tell({ queues }: Watched, change: SessionsChange): void {
    for (const queue of queues) queue.push(change);
  }

  async function follow(stop: AbortSignal, begun: (from?: ClusterTime) => void): Promise<void> {
    if (!(await hasChangeStreams().catch(() => true))) return begun();
    while (!stop.aborted) {
      let source: RollChangeSource | undefined;
      const close = () => void source?.close().catch(() => {});
      stop.addEventListener("abort", close);
      try {
        source = await openRollChanges({ all: !isLeased() });
        begun(source.from);
        // whatever happened while there was no stream
        refreshAll(source.from);
        while (!stop.aborted) {
          const { userId, at } = await source.next();
          void refresh(userId, at);
        }
      } catch (error) {
        if (!stop.aborted) onError(error);
      } finally {
        stop.removeEventListener("abort", close);
        close();
      }
      await delay(retryMs, undefined, { signal: stop, ref: false }).catch(() => {});
    }
  }

  /** Resolves with the time from which on everything is told; without one where nothing is told, or not in time. */
  function open(): Promise<ClusterTime | undefined> {
    if (!stream) {
      const stop = new AbortController();
      const begun = new Promise<ClusterTime | undefined>((resolve) => void follow(stop.signal, resolve));
      stream = { begun, stop };
    }
    return Promise.race([stream.begun, delay(beginLimitMs, undefined, { ref: false })]);
  }

  function leave(userId: string, queue: Queue<SessionsChange>): void {
    const user = watched.get(userId);
    if (!user?.queues.delete(queue)) return;
    if (user.queues.size === 0) watched.delete(userId);
    if (watched.size > 0) return;
    stream?.stop.abort();
    stream = null;
  }

  return {
    async of(userId) {
      const queue = createQueue<SessionsChange>({ onReturn: () => leave(userId, queue) });
      const user = watched.get(userId) ?? { queues: new Set(), known: null, reading: null, again: null };
      user.queues.add(queue);
      watched.set(userId, user);
      const from = await open();
      if (!user.known) await refresh(userId, from);
      return queue.iterator;
    },
    wrote(userId) {
      if (!isLeased()) void refresh(userId);
    },
    close() {
      for (const { queues } of [...watched.values()]) for (const queue of [...queues]) queue.end();
      stream?.stop.abort();
      stream = null;
    },
  };
}

const later = (a: ClusterTime | undefined, b: ClusterTime | undefined) =>
  a === undefined || (b !== undefined && b > a) ? b : a;
