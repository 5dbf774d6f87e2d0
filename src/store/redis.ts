import { setTimeout as delay } from "node:timers/promises";
import { bounded } from "./bounded.js";
import { StoreUnfitError } from "./prepare.js";
import { openLink, type RedisLink, type RedisRun } from "./redis-link.js";

export type { RedisRun } from "./redis-link.js";

export type RedisOptions = {
  /** `redis://` or `rediss://`, with user, password and number of the database where they are needed. */
  url: string;
  /** Called whenever the server can't be reached or has become unfit, with the error; neither user nor password is in it. */
  onFailure?: ((error: Error) => void) | undefined;
  /** The longest that one `run` may take, in milliseconds. */
  limitMs?: number;
  /** How often a server that is in use is asked whether it is still fit, in milliseconds. */
  recheckMs?: number;
};

/** A Redis: one connection at a time, opened again by itself, to a server that was found fit each time. */
export type Redis = {
  /**
   * Resolves when a fit server has been reached, however long that takes; rejects when it is closed before.
   * @throws StoreUnfitError where the first server reached can't be used: what waiting does not mend
   */
  opened: Promise<void>;
  /**
   * Runs commands over one connection, and so against one run of the server. They are sent at once, in their order, where none waits
   * for another's reply. While a connection is being opened this waits for it; while there is none it fails at once.
   *
   * NOTE: a command that was given up may still be executed later.
   *
   * @throws MusterError `STORE_UNREACHABLE` when the outcome is unknown or Redis refuses, and bugs as they are
   */
  run<T>(work: (run: RedisRun) => Promise<T>): Promise<T>;
  /** Ends the connection at once, also where the server hangs. */
  close(): Promise<void>;
};

const shortestWaitMs = 50;
const longestWaitMs = 1_000;

/**
 * Connects to a Redis, and again whenever it is lost. Every connection begins with a look at the server (`INFO`): Redis 6.2 or newer, a
 * single server that takes writes, `maxmemory-policy noeviction`; the look is repeated while it is used. A server that is unfit is
 * treated as one that can't be reached.
 */
export function openRedis({ url, onFailure, limitMs = 1_000, recheckMs = 10_000 }: RedisOptions): Redis {
  const stop = new AbortController();
  let link: RedisLink | null = null;
  let opening: Promise<RedisLink> | null = null;
  let open!: () => void;
  let refuse!: (error: Error) => void;
  const opened = new Promise<void>((resolve, reject) => {
    open = resolve;
    refuse = reject;
  });
  opened.catch(() => {});

  const keepOpen = async () => {
    for (let waitMs = 0; !stop.signal.aborted; ) {
      if (waitMs > 0) await delay(waitMs, undefined, { signal: stop.signal }).catch(() => {});
      if (stop.signal.aborted) return;
      const since = performance.now();
      try {
        opening = openLink({ url, limitMs, recheckMs, signal: stop.signal });
        link = await opening;
        opening = null;
        open();
        throw await link.lost;
      } catch (error) {
        [link, opening] = [null, null];
        if (stop.signal.aborted) return;
        if (error instanceof StoreUnfitError) refuse(error);
        onFailure?.(error as Error);
        // one that held for a while has only been closed, and the next is tried at once
        const held = performance.now() - since > 2 * longestWaitMs;
        waitMs = held ? 0 : Math.min(Math.max(2 * waitMs, shortestWaitMs), longestWaitMs);
      }
    }
  };
  const kept = keepOpen();

  return {
    opened,

    run: (work) =>
      bounded(limitMs, async (signal) => {
        const used = link ?? (await opening);
        if (!used) throw new Error("there is no connection to Redis");
        // the replies of a server that hangs would pile up behind it
        const giveUp = () => used.drop(new Error(`Redis did not answer in ${limitMs} ms`));
        signal.throwIfAborted();
        signal.addEventListener("abort", giveUp, { once: true });
        return work(used);
      }),

    async close() {
      stop.abort();
      refuse(new Error("the connection is closed"));
      await kept;
    },
  };
}
