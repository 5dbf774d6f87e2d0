import type { Connection } from "mongoose";
import { MusterError } from "../errors.js";
import { createFeed, type Feed } from "../feed/feed.js";
import { systemMoment } from "../feed/freshness.js";
import { systemTimers } from "../feed/timers.js";
import { createWaitForAll, type Waited } from "../feed/wait-for-all.js";
import { type Observer, unobserved } from "../observe.js";
import { bounded } from "../store/bounded.js";
import { hasChangeStreams } from "../store/change-streams.js";
import { createChanges } from "../store/changes.js";
import type { ClusterTime } from "../store/cluster-time.js";
import { StoreUnfitError } from "../store/prepare.js";
import { createRegistry } from "../store/registry.js";
import type { UserStore } from "../store/users.js";
import { newId } from "../tokens/claims.js";
import type { AuthStateSource, AuthStateSources, OwnField } from "./auth-state.js";
import { createAuthStateLoader } from "./load.js";
import { createMemory, type Memory } from "./memory.js";
import { createSources } from "./sources.js";

/** `leased`: answered from memory while it is proved fresh. `read-through`: one read a request. */
export type AuthStateMode = "leased" | "read-through";

export type LeaseSettings = {
  /** Left out: leased wherever there are change streams. */
  authStateMode?: AuthStateMode | undefined;
  /** For how long memory may be used after a proof of freshness, in milliseconds. */
  leaseMs: number;
  /** How often freshness is proved, in milliseconds; the lease is at least twice as long. */
  beatMs: number;
  /** How many users are remembered at most. */
  authStateEntries: number;
};

export const defaultLeaseSettings: LeaseSettings = { leaseMs: 1_000, beatMs: 250, authStateEntries: 100_000 };

/** What a rule is worth shows when it is missing: these switch single ones off, for the tests that must notice. */
export type Sabotage = Partial<
  Record<
    | "fillsWithoutLease"
    | "neverStale"
    | "writesW1"
    | "noWait"
    | "refusesFromMemory"
    | "ignoresWallClock"
    | "countsAdminsAlone",
    boolean
  >
>;

/** What this instance knows of users without asking, and how it makes others forget. */
export type Leases = {
  /** Where admission learns of a user. @param own fields that the strategy judges by */
  sources(own?: readonly OwnField[]): AuthStateSources;
  memory: Memory;
  feed: Feed;
  leaseMs: number;
  mode(): AuthStateMode;
  /** How many instances are registered. @throws MusterError `STORE_UNREACHABLE` */
  countInstances(): Promise<number>;
  /**
   * A time that a read has to come after to see everything committed before this was called; undefined where there are no leases: then
   * a read has to trust the primary that the driver knows. @throws MusterError `STORE_UNREACHABLE`
   */
  barrier(): Promise<ClusterTime | undefined>;
  /** Resolves when no instance admits from memory what was ended at this time; null on a standalone server. @throws MusterError `STORE_UNREACHABLE` */
  waitForAll(time: ClusterTime | null): Promise<Waited>;
  /** Chooses the mode, and begins to prove freshness. @throws StoreUnfitError where leases are asked for and can't be had */
  start(): Promise<void>;
  close(): Promise<void>;
};

const nobody: Waited = { instances: 0, silent: 0, polls: 0 };
const bytesPerUser = 1_000;
/** One may wait for another. */
const longestBarrierMs = 2_000;

export function createLeases({
  users,
  control,
  settings,
  ignoreFields = [],
  observer = unobserved,
  onError = () => {},
  sabotage = {},
}: {
  users: UserStore;
  /** The connection of the feed and the revocations. */
  control: Connection;
  settings: LeaseSettings;
  ignoreFields?: readonly string[] | undefined;
  observer?: Observer | undefined;
  onError?: ((error: unknown) => void) | undefined;
  sabotage?: Sabotage | undefined;
}): Leases {
  const { leaseMs, beatMs, authStateEntries } = settings;
  const { database, collection } = users.place;
  const registry = createRegistry({ connection: control, database });
  const moment = () => {
    if (sabotage.neverStale) return { monotonicMs: 0, wallMs: 0 };
    const now = systemMoment();
    return sabotage.ignoresWallClock ? { ...now, wallMs: now.monotonicMs } : now;
  };
  const feed = createFeed({
    registry,
    openChanges: createChanges({ connection: control, database, collection, ignoreFields }),
    newId,
    leaseMs,
    beatMs,
    timers: systemTimers,
    moment,
    onError,
  });
  const memory = createMemory({
    maxEntries: authStateEntries,
    maxBytes: authStateEntries * bytesPerUser,
    poisons: !sabotage.fillsWithoutLease,
  });
  feed.listen({ onUser: ({ userId }) => memory.evict(userId), onReset: () => memory.flush() });

  let mode: AuthStateMode = "read-through";
  const isLeased = () => mode === "leased";
  const waitForAll = createWaitForAll({
    registry,
    timers: systemTimers,
    monotonicMs: () => performance.now(),
    self: { id: feed.instanceId, appliedThrough: feed.appliedThrough },
  });

  return {
    sources(own) {
      const load = createAuthStateLoader({ users, own });
      const sources = createSources({ load, memory, feed, isLeased, onFallBack: observer.fellBack });
      return sabotage.refusesFromMemory ? [firstOf(sources)] : sources;
    },
    memory,
    feed,
    leaseMs,
    mode: () => mode,
    countInstances: () => registry.count(),
    barrier: async () => (mode === "leased" ? bounded(longestBarrierMs, () => feed.barrier()) : undefined),
    async waitForAll(time) {
      if (sabotage.noWait) return nobody;
      if (time !== null) {
        const beganMs = performance.now();
        const waited = await waitForAll(time);
        observer.waited({ ms: performance.now() - beganMs, ...waited });
        return waited;
      }
      if (await hasChangeStreams(control))
        throw new MusterError("STORE_UNREACHABLE", { cause: new Error("no operation time") });
      return nobody;
    },
    async start() {
      if (mode === "leased" || settings.authStateMode === "read-through") return;
      if (await hasChangeStreams(control)) {
        mode = "leased";
        feed.start();
      } else if (settings.authStateMode === "leased") {
        throw new StoreUnfitError(
          "AUTH_STATE_MODE is leased, which takes change streams: make the database a replica set.",
        );
      }
    },
    close: () => feed.close(),
  };
}

/** Takes the word of the first source that has one, a refusal too: only to show that the tests notice. */
function firstOf(sources: AuthStateSources): AuthStateSource {
  return async (userId, session) => {
    for (const source of sources) {
      const known = await source(userId, session);
      if (known !== undefined) return known;
    }
    return undefined;
  };
}

/** The faults of these settings, a sentence each. */
export function faultsOfLeases({ leaseMs, beatMs }: LeaseSettings): string[] {
  return leaseMs < 2 * beatMs ? ["LEASE_MS must be at least twice BEAT_MS."] : [];
}
