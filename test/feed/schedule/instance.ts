import type { AuthStateSource } from "../../../src/auth-state/auth-state.js";
import { createMemory } from "../../../src/auth-state/memory.js";
import { createSources } from "../../../src/auth-state/sources.js";
import { createAuthenticate } from "../../../src/authenticate.js";
import { systemClock } from "../../../src/clock.js";
import { createFeed } from "../../../src/feed/feed.js";
import { createWaitForAll } from "../../../src/feed/wait-for-all.js";
import { sessionList } from "../../../src/revocation/session-list.js";
import { createRoll } from "../../../src/sessions/roll.js";
import { defaultSessionRules } from "../../../src/sessions/rules.js";
import { createWriteUser } from "../../../src/sessions/write.js";
import type { ClusterTime } from "../../../src/store/cluster-time.js";
import { firstSystemState } from "../../../src/store/system.js";
import type { UserStore } from "../../../src/store/users.js";
import type { AccessClaims } from "../../../src/tokens/claims.js";
import type { Agenda } from "./agenda.js";
import type { ReplicaSet } from "./replica-set.js";
import type { Roll } from "./store.js";

/** Rules that can be left out, to see that the runs notice, and what is wrong then. */
export const ablations = {
  fillsWithoutLease: "wrong admit",
  neverStale: "wrong admit",
  writesW1: "wrong refusal",
  noWait: "wrong admit",
  refusesFromMemory: "wrong refusal",
  ignoresWallClock: "wrong admit",
  noBarrier: "wrong",
  readsAnywhere: "wrong",
  refusesBeforeBarrier: "wrong refusal",
} as const;

export type Ablation = keyof typeof ablations;

export const leaseMs = 1_000;
export const beatMs = 250;

/** One instance, made of the real parts over a simulated replica set, and its two clocks. */
export function createInstance({
  name,
  agenda,
  replicaSet,
  without,
}: {
  name: string;
  agenda: Agenda;
  replicaSet: ReplicaSet;
  without: Ablation | undefined;
}) {
  const clocks = { sleptMs: 0, asleepSinceMs: null as number | null, hasSlept: false, wallAheadMs: 0 };
  const monotonicMs = () => (clocks.asleepSinceMs ?? agenda.nowMs()) - clocks.sleptMs;
  const wallMs = () => (without === "ignoresWallClock" ? monotonicMs() : agenda.nowMs() + clocks.wallAheadMs);
  const timers = { sleep: (ms: number, signal?: AbortSignal) => agenda.sleep(name, ms, signal) };
  const registry = replicaSet.registryOf(name);
  let ids = 0;
  const feed = createFeed({
    registry,
    openChanges: (id) => replicaSet.openChanges(name, id),
    newId: () => `${name}.${++ids}`,
    leaseMs,
    beatMs,
    timers,
    moment: () =>
      without === "neverStale" ? { monotonicMs: 0, wallMs: 0 } : { monotonicMs: monotonicMs(), wallMs: wallMs() },
  });
  const memory = createMemory({ maxEntries: 10, maxBytes: 1_000_000, poisons: without !== "fillsWithoutLease" });
  feed.listen({ onUser: ({ userId }) => memory.evict(userId), onReset: () => memory.flush() });
  const [remembered, joined, filled, sure] = createSources({
    load: async (_, { after } = {}) =>
      toState(await replicaSet.read(name, without === "readsAnywhere" ? undefined : after)),
    memory,
    feed,
    isLeased: () => true,
    onFallBack() {},
    barriers: without !== "noBarrier",
    // the machine's own time must decide nothing: a run is the same run each time
    bound: (read) => read(),
  });
  const waitForAll = createWaitForAll({
    registry,
    timers,
    monotonicMs,
    self: { id: feed.instanceId, appliedThrough: feed.appliedThrough },
  });
  const users = {
    async update(title: string, { change }: { change: (roll: Roll) => Roll | null }, _: unknown, { revokes = false }) {
      const w = without === "writesW1" ? 1 : "majority";
      const time = await replicaSet.write(name, { name: title, revokes, change, w });
      return time === null ? null : { user: {}, time };
    },
  };
  const write = createWriteUser({
    users: users as unknown as UserStore,
    roll: createRoll(defaultSessionRules, systemClock),
    strategy: {},
    memory,
    waitForAll: async (time) => (without === "noWait" ? null : waitForAll(time as ClusterTime)),
  });
  /** Asks one after the other and takes the first word for the last. */
  const firstThatKnows =
    (...sources: AuthStateSource[]): AuthStateSource =>
    async (...asked) => {
      for (const source of sources) {
        const known = await source(...asked);
        if (known !== undefined) return known;
      }
      return undefined;
    };
  const sources =
    without === "refusesFromMemory"
      ? [firstThatKnows(remembered!, filled!, sure!)]
      : without === "refusesBeforeBarrier"
        ? [remembered!, joined!, firstThatKnows(filled!, sure!)]
        : [remembered!, joined!, filled!, sure!];
  const authenticate = createAuthenticate({
    read: (token) => JSON.parse(token) as AccessClaims,
    parseId: (id) => id,
    strategy: sessionList(),
    sources,
    rules: { sessionIdleSeconds: 1 },
    clock: systemClock,
    touch: { note() {}, flush: async () => {}, close: async () => {} },
  });
  return {
    name,
    /** Its virtual machine does: of its two clocks one stands still. */
    sleep() {
      if (clocks.wallAheadMs < 0) return; // which nothing on the machine could tell from no time at all
      clocks.hasSlept = true;
      clocks.asleepSinceMs ??= agenda.nowMs();
    },
    wake() {
      if (clocks.asleepSinceMs === null) return;
      clocks.sleptMs += agenda.nowMs() - clocks.asleepSinceMs;
      clocks.asleepSinceMs = null;
    },
    setClock(ms: number) {
      if (ms > 0 || !clocks.hasSlept) clocks.wallAheadMs += ms;
    },
    feed,
    /** Null where the filter matched nothing. */
    change: (title: string, revokes: boolean, change: (roll: Roll) => Roll | null) =>
      write({
        name: `${title} at ${name}`,
        filter: { _id: "user", change },
        revokes,
        answer: "after",
        pick: { fields: [] },
      }),
    look: async ({ sid, jti }: { sid: string; jti: string }) => {
      const claims = {
        iss: "",
        aud: "",
        sub: "user",
        client_id: "",
        iat: 0,
        exp: 0,
        auth_time: 0,
        sid,
        jti,
        ims: 0,
        sys: 0,
      };
      return (await authenticate.token(JSON.stringify(claims))).outcome;
    },
  };
}

export type Instance = ReturnType<typeof createInstance>;

const forEver = Number.MAX_SAFE_INTEGER;

function toState(roll: Roll) {
  return {
    key: "user",
    id: "user",
    email: "",
    roles: [],
    scopes: [],
    enabled: true,
    createdAt: new Date(0),
    ended: [],
    subject: "user",
    tokensValidAfterMs: 0,
    own: {},
    system: firstSystemState,
    sessions: [...roll].map(([id, jtis]) => ({
      id,
      jtis,
      sys: 0,
      issuedAtMs: forEver,
      lastUsedAtMs: forEver,
      expiresAtMs: forEver,
      authTimeMs: 0,
    })),
  };
}
