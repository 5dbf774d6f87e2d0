import { MusterError } from "../errors.js";
import type { Change, ChangeSource, OpenChanges } from "../store/changes.js";
import type { ClusterTime } from "../store/cluster-time.js";
import type { Registry } from "../store/registry.js";
import { createBarrier } from "./barrier.js";
import { createFreshness, type Moment, systemMoment } from "./freshness.js";
import type { Timers } from "./timers.js";

/** Who wants to know of changes. Called in order, and before they are acknowledged to anybody. */
export type FeedListener = {
  /** Something of this user is not as it was. */
  onUser(change: Change & { kind: "user" }): void | Promise<void>;
  /** Changes may have been missed: nothing that is remembered counts. */
  onReset(): void;
  /** A beat came back: everything up to `appliedThrough` has been told, or came before the stream was opened. Must not throw. */
  onProof?(): void;
};

export type Feed = {
  start(): void;
  /** Stops using memory, leaves the registry and ends the stream. */
  close(): Promise<void>;
  listen(listener: FeedListener): () => void;
  /** Milliseconds for which memory may still answer; 0: it may not. */
  freshForMs(): number;
  /** Milliseconds since the last proof of freshness. */
  ageMs(): number;
  /** The time of the last change that was applied: reads come after it. Null before the first beat is back. */
  appliedThrough(): ClusterTime | null;
  /** A majority write that starts now or later, shared. @throws MusterError `STORE_UNREACHABLE` */
  barrier(): Promise<ClusterTime>;
  instanceId(): string;
};

export type FeedOptions = {
  registry: Registry;
  openChanges: OpenChanges;
  newId: () => string;
  leaseMs: number;
  beatMs: number;
  timers: Timers;
  moment?: () => Moment;
  onError?: (error: unknown) => void;
};

const mostBeatsInTheAir = 4;
const shortestBackOffMs = 50;
const longestBackOffMs = 1_000;

/**
 * One instance's feed: its change stream, the proof of how fresh what it has applied is, and its acknowledgements.
 *
 * Freshness is proved end to end: a beat is written, by the clock, and when the own stream brings it back, everything that was
 * committed before the beat was sent has been applied. A hung stream, a paused process and a lost primary all look alike: no beat
 * comes back, and memory is not used.
 */
export function createFeed({
  registry,
  openChanges,
  newId,
  leaseMs,
  beatMs,
  timers,
  moment = systemMoment,
  onError = () => {},
}: FeedOptions): Feed {
  const freshness = createFreshness({ leaseMs, moment });
  const listeners = new Set<FeedListener>();
  const stop = new AbortController();
  const sent = new Map<number, Moment>();

  let id = newId();
  let started = false;
  let registered = false;
  let beat = 0;
  let inTheAir = 0;
  let applied: ClusterTime | null = null;
  let source: ChangeSource | null = null;
  let streamOpenedAt = 0;
  let acknowledging = false;
  let acknowledged: ClusterTime = 0n;
  let mustAcknowledge: ClusterTime = 0n;

  function reset(): void {
    freshness.lapse();
    sent.clear();
    applied = null;
    for (const { onReset } of listeners) onReset();
  }

  async function follow(): Promise<void> {
    for (let backOffMs = shortestBackOffMs; !stop.signal.aborted; ) {
      streamOpenedAt = moment().monotonicMs;
      try {
        const opened = openChanges(id);
        source = opened;
        for (;;) {
          await apply(await opened.next());
          backOffMs = shortestBackOffMs;
        }
      } catch (error) {
        if (!stop.signal.aborted) onError(error);
      }
      reset();
      closeStream();
      if (stop.signal.aborted) return;
      await timers.sleep(backOffMs, stop.signal).catch(() => {});
      backOffMs = Math.min(backOffMs * 2, longestBackOffMs);
    }
  }

  /** Not waited for: a server that hangs does not answer this either. */
  function closeStream(): void {
    void source?.close().catch(() => {});
    source = null;
  }

  async function apply(change: Change): Promise<void> {
    if (change.kind === "everything") {
      for (const { onReset } of listeners) onReset();
    } else if (change.kind === "user") {
      for (const listener of listeners) await listener.onUser(change);
    }
    if (applied === null || change.at > applied) applied = change.at;
    if (change.kind === "beat") prove(change.beat);
    else if (change.kind === "everything" || change.revoking) acknowledge(change.at);
  }

  function prove(number: number): void {
    const at = sent.get(number);
    if (!at) return; // sent before the stream was opened anew: says nothing about what this one has shown
    const wasFresh = freshness.freshForMs() > 0;
    for (const earlier of sent.keys()) if (earlier <= number) sent.delete(earlier);
    freshness.prove(at);
    for (const { onProof } of listeners) onProof?.();
    // who waited for this instance while it was not fresh need not wait for its next beat
    if (!wasFresh) acknowledge(applied!);
  }

  function acknowledge(through: ClusterTime): void {
    if (through > mustAcknowledge) mustAcknowledge = through;
    if (acknowledging || !registered || mustAcknowledge <= acknowledged) return;
    acknowledging = true;
    const now = mustAcknowledge;
    registry
      .acknowledge({ id, appliedThrough: now })
      .then(
        () => {
          acknowledged = now;
        },
        // a beat carries it as well
        (error) => onError(error),
      )
      .finally(() => {
        acknowledging = false;
        if (mustAcknowledge > now) acknowledge(mustAcknowledge);
      });
  }

  async function keepBeating(): Promise<void> {
    while (!stop.signal.aborted) {
      void sendBeat();
      watch();
      await timers.sleep(beatMs, stop.signal).catch(() => {});
    }
  }

  /** The number of a beat that is about to be sent: what it will prove is true of this moment. */
  function nextBeat(): number {
    sent.set(++beat, moment());
    return beat;
  }

  async function register(): Promise<ClusterTime> {
    const own = id;
    const time = await registry.register({ id: own, beat: nextBeat(), leaseMs });
    if (own !== id || stop.signal.aborted) {
      // nobody moves this row on
      void registry.remove({ id: own }).catch(() => {});
      return time;
    }
    registered = true;
    // its own row may have come back by the stream before the answer did
    if (applied !== null) acknowledge(applied);
    return time;
  }

  async function sendBeat(): Promise<void> {
    if (inTheAir >= mostBeatsInTheAir) return;
    inTheAir++;
    const own = id;
    try {
      if (!registered) await register();
      else if (!(await registry.beat({ id: own, beat: nextBeat(), appliedThrough: applied }))) takenForDead(own);
    } catch (error) {
      onError(error);
    } finally {
      inTheAir--;
    }
  }

  /** Somebody took this instance for dead. Nobody waits for it now, so what it remembers does not count. */
  function takenForDead(own: string): void {
    if (!registered || own !== id) return;
    registered = false;
    acknowledged = 0n;
    id = newId();
    reset();
    closeStream();
  }

  /** A stream that hangs says nothing; the driver may take seconds to notice. */
  function watch(): void {
    const silentMs = Math.min(freshness.ageMs(), moment().monotonicMs - streamOpenedAt);
    if (silentMs > 2 * leaseMs) {
      streamOpenedAt = moment().monotonicMs;
      closeStream();
    }
  }

  return {
    start() {
      if (started) return;
      started = true;
      void follow();
      void keepBeating();
    },
    async close() {
      stop.abort();
      reset();
      listeners.clear();
      closeStream();
      if (registered) await registry.remove({ id }).catch(() => {});
      registered = false;
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    freshForMs: () => (stop.signal.aborted ? 0 : freshness.freshForMs()),
    ageMs: freshness.ageMs,
    appliedThrough: () => applied,
    barrier: createBarrier(async () => {
      if (stop.signal.aborted) throw new MusterError("STORE_UNREACHABLE", { cause: new Error("the feed is closed") });
      const own = id;
      const time = registered ? await registry.barrier(own) : null;
      if (time !== null) return time;
      takenForDead(own);
      return register();
    }),
    instanceId: () => id,
  };
}
