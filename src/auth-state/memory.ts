import { LRUCache } from "lru-cache";
import type { AuthState } from "./auth-state.js";

/** A read that is on its way, registered before it was sent. */
type Load = { poisoned: boolean; done: Promise<void> };

/** What an instance remembers of its users, bounded. It says nothing of whether it may be used: the lease does. */
export type Memory = {
  get(userId: string): AuthState | undefined;
  /** Registers a read and sends it; what it brings is kept unless something happened to this user meanwhile. */
  fill(userId: string, read: () => Promise<AuthState | null>, mayKeep: () => boolean): Promise<AuthState | null>;
  /** Resolves when the read of this user that is on its way, and nothing has poisoned, has ended; undefined where there is none. */
  filling(userId: string): Promise<unknown> | undefined;
  /** Forgets a user, and makes the reads that are on their way worthless. */
  evict(userId: string): void;
  /** Forgets everybody. */
  flush(): void;
  /** Entries now; fills and poisoned fills so far. */
  stats(): { entries: number; fills: number; poisonedFills: number };
};

const longestLifeMs = 600_000;
const bytesPerEntry = 400;
const bytesPerSession = 200;
const bytesPerToken = 60;

/**
 * The lease on a fill (Nishtala et al., "Scaling Memcache at Facebook"): a read that was overtaken by a change of its user is not kept.
 * Entries live 10 minutes at most, not all equally long, so that those filled together do not run out together.
 */
export function createMemory({
  maxEntries,
  maxBytes,
  poisons = true,
}: {
  maxEntries: number;
  maxBytes: number;
  /** Off only to show that the tests notice. */
  poisons?: boolean;
}): Memory {
  const entries = new LRUCache<string, AuthState>({
    max: maxEntries,
    maxSize: maxBytes,
    sizeCalculation: sizeOf,
    // how exactly an entry's age is known; by default the cache sets a timer for every millisecond in which it is asked
    ttlResolution: 1_000,
  });
  const loads = new Map<string, Set<Load>>();
  let fills = 0;
  let poisonedFills = 0;

  const poison = (registered: Iterable<Load>) => {
    if (poisons) for (const load of registered) load.poisoned = true;
  };

  return {
    get: (userId) => entries.get(userId),

    async fill(userId, read, mayKeep) {
      const reading = read();
      const done = reading.then(
        () => {},
        () => {},
      );
      const load: Load = { poisoned: false, done };
      const registered = loads.get(userId) ?? new Set();
      loads.set(userId, registered.add(load));
      try {
        const state = await reading;
        fills++;
        if (load.poisoned) poisonedFills++;
        else if (state && mayKeep()) entries.set(userId, state, { ttl: longestLifeMs * (0.8 + 0.2 * Math.random()) });
        return state;
      } finally {
        registered.delete(load);
        if (registered.size === 0) loads.delete(userId);
      }
    },

    filling(userId) {
      for (const load of loads.get(userId) ?? []) if (!load.poisoned) return load.done;
      return undefined;
    },

    evict(userId) {
      entries.delete(userId);
      poison(loads.get(userId) ?? []);
    },

    flush() {
      entries.clear();
      for (const registered of loads.values()) poison(registered);
    },

    stats: () => ({ entries: entries.size, fills, poisonedFills }),
  };
}

function sizeOf({ sessions, own }: AuthState): number {
  const other = bytesPerEntry + (own.endedTokens?.length ?? 0) * bytesPerToken;
  return sessions.reduce((size, { jtis }) => size + bytesPerSession + jtis.length * bytesPerToken, other);
}
