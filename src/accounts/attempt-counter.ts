import { LRUCache } from "lru-cache";

/** One kind of attempt, counted in windows of fixed length that begin with a key's first attempt. */
export type AttemptCounter = {
  /** Whole seconds until the key may try again; 0 when it may now. Counts nothing. */
  secondsUntilFree(key: string): number;
  /** Counts one attempt, and returns how to take it back, once; after its window that does nothing. */
  count(key: string): () => void;
  /** Forgets all of the key's attempts. */
  forget(key: string): void;
};

type Window = { count: number; endsAt: number };

/**
 * Counts attempts in the memory of this process, for at most `keys` keys: the one used longest ago is forgotten first. There
 * are no timers: a window that is over is replaced at its key's next use. A full counter takes some 15 MB.
 *
 * NOTE: someone with more addresses than `keys` can make it forget, but with so many no limit by address binds them.
 */
export function createAttemptCounter({
  limit,
  windowSeconds,
  keys = 50_000,
  now,
}: {
  limit: number;
  windowSeconds: number;
  keys?: number;
  now: () => number;
}): AttemptCounter {
  const windows = new LRUCache<string, Window>({ max: keys });

  function current(key: string): Window | undefined {
    const window = windows.get(key);
    return window !== undefined && window.endsAt > now() ? window : undefined;
  }

  return {
    secondsUntilFree(key) {
      const window = current(key);
      if (window === undefined || window.count < limit) return 0;
      return Math.max(1, Math.ceil((window.endsAt - now()) / 1000));
    },

    count(key) {
      let window = current(key);
      if (window === undefined) {
        window = { count: 0, endsAt: now() + windowSeconds * 1000 };
        windows.set(key, window);
      }
      const counted = window;
      counted.count += 1;
      return () => {
        counted.count -= 1;
      };
    },

    forget(key) {
      windows.delete(key);
    },
  };
}
