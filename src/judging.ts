import type { Connection } from "mongoose";
import type { Leases } from "./auth-state/leases.js";
import type { System } from "./auth-state/system.js";
import type { Clock } from "./clock.js";
import type { MusterOptions } from "./options.js";
import { strategyOf } from "./revocation/index.js";
import { createKeptTokens, longestRecordMs } from "./revocation/kept-tokens.js";
import type { Strategy } from "./revocation/strategy.js";
import { createStanding, type Standing } from "./standing/standing.js";
import { type AskedStores, createAskedStores } from "./store/asked-stores.js";
import type { RetiredSubjects } from "./store/retired-subjects.js";
import { createStandingStore } from "./store/standing.js";
import type { SystemStore } from "./store/system.js";
import type { UserStore } from "./store/users.js";
import type { Keys } from "./tokens/keys.js";
import type { OpaqueTokens } from "./tokens/opaque-token.js";

/** How tokens are judged: the strategy that was chosen, and those of the things it may be made of that it asked for. */
export type Judging = {
  strategy: Strategy;
  /** Its name, and where it keeps what it asks, if that is Redis: what all instances of a deployment have in common. */
  label: string;
  stores: AskedStores;
  /** What is known against users; null where the strategy has no use for it. */
  standing(): Standing | null;
};

/** Chooses the strategy, and makes what it asks for. @throws TypeError for options that can't be used */
export function createJudging(
  options: MusterOptions,
  {
    control,
    users,
    keys,
    opaque,
    leases,
    system,
    systemStore,
    retiredSubjects,
    accessTokenSeconds,
    clock,
  }: {
    /** The connection of the feed. */
    control: Connection;
    users: UserStore;
    keys: Keys;
    opaque: OpaqueTokens;
    leases: Leases;
    system: System;
    systemStore: SystemStore;
    retiredSubjects: RetiredSubjects;
    accessTokenSeconds: number;
    clock: Clock;
  },
): Judging {
  const { connection, groups = 64, opaqueFormat: format = "random", readConcern, onError } = options;
  if (!Number.isSafeInteger(groups) || groups < 1) throw new TypeError("groups must be a whole number from 1 on.");
  const { feed, barrier } = leases;
  const stores = createAskedStores({
    connection,
    control,
    users,
    settings: options,
    readConcern,
    longestRecordMs: longestRecordMs(accessTokenSeconds),
    now: clock.now,
    barrier,
    onError,
  });
  let standing: Standing | null = null;
  const strategy = strategyOf(options.strategy, {
    keys,
    feed,
    system,
    groups,
    denylist: stores.denylist,
    kept: () =>
      createKeptTokens({ records: stores.records(), opaque, keys, format, accessTokenSeconds, now: clock.now }),
    standing() {
      standing ??= createStanding({
        store: createStandingStore({ connection: control, users }),
        retired: retiredSubjects,
        system: systemStore,
        feed,
        clock,
        accessTokenSeconds,
        onError,
      });
      return standing;
    },
  });
  const { denylistStore, opaqueStore } = options;
  const store = { denylist: denylistStore, opaque: opaqueStore }[strategy.name];
  return {
    strategy,
    label: store === "redis" ? `${strategy.name} in redis` : strategy.name,
    stores,
    standing: () => standing,
  };
}
