import type { Connection } from "mongoose";
import { MusterError } from "../errors.js";
import { bounded } from "./bounded.js";
import type { ClusterTime } from "./cluster-time.js";
import { createListEndedTokens } from "./ended-tokens.js";
import { createFilledDenylist, type FilledDenylist } from "./filled-denylist.js";
import { createMongoRecords } from "./mongo-records.js";
import { clockMarginMs, type RecordStore, type TokenRecord } from "./records.js";
import { openRedis, type Redis } from "./redis.js";
import { createRedisDenylist } from "./redis-denylist.js";
import { createRedisRecords } from "./redis-records.js";
import type { ReadLevel, UserStore } from "./users.js";

export type StoreKind = "mongodb" | "redis";

export type AskedStoreSettings = {
  /** Where `denylist` keeps its list and `opaque` its records: `mongodb` by default. */
  denylistStore?: StoreKind | undefined;
  opaqueStore?: StoreKind | undefined;
  /** `redis://` or `rediss://`; a secret where it holds a password. */
  redisUrl?: string | undefined;
};

/** The stores that strategies ask at each request. None is opened before a strategy wants it. */
export type AskedStores = {
  /** Null where the denylist is in MongoDB, held in memory. @throws TypeError without an address of the Redis that is chosen */
  denylist(): FilledDenylist | null;
  /** @throws TypeError without an address of the Redis that is chosen */
  records(): RecordStore;
  /** @throws StoreUnfitError, MusterError `STORE_UNREACHABLE` */
  prepare(): Promise<void>;
  /** Resolves when a Redis that is in use answers. @throws MusterError `STORE_UNREACHABLE` */
  ping(limitMs: number): Promise<void>;
  /** Makes whole what has to be. @throws MusterError `STORE_UNREACHABLE` */
  fill(): Promise<void>;
  close(): Promise<void>;
};

/** Redis can't be reached, or has become unfit: the message says why, and has neither user nor password in it. */
export class RedisFailure extends Error {
  override readonly name = "RedisFailure";
}

export function createAskedStores({
  connection,
  control,
  users,
  settings,
  readConcern,
  longestRecordMs,
  now,
  barrier,
  onError,
}: {
  connection: Connection;
  /** The connection of the revocations. */
  control: Connection;
  users: Pick<UserStore, "place">;
  settings: AskedStoreSettings;
  readConcern?: ReadLevel | undefined;
  /** The longest that a record may live. */
  longestRecordMs: number;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** A time that a read comes after to see everything committed before, where there are leases. */
  barrier: () => Promise<ClusterTime | undefined>;
  onError?: ((error: unknown) => void) | undefined;
}): AskedStores {
  let redis: Redis | null = null;
  let records: RecordStore | null = null;
  let denylist: FilledDenylist | null = null;

  function openedRedis(option: string): Redis {
    const { redisUrl: url } = settings;
    if (!url) throw new TypeError(`${option} is redis: give redisUrl as well.`);
    redis ??= openRedis({ url, onFailure: (error) => onError?.(new RedisFailure(error.message, { cause: error })) });
    return redis;
  }

  /** What is kept under a wrong name would be another deployment's, or nobody's. */
  function namespace(): string {
    const { database } = users.place as { database: string | undefined };
    if (database) return database;
    throw new MusterError("STORE_UNREACHABLE", { cause: new Error("the connection has not been opened") });
  }

  return {
    denylist() {
      if (settings.denylistStore !== "redis") return null;
      const list = createListEndedTokens({ connection: control, users });
      denylist ??= createFilledDenylist({
        denylist: createRedisDenylist({
          redis: openedRedis("denylistStore"),
          namespace,
          now,
        }),
        load: async () => list(now() - clockMarginMs, await barrier()),
        onError,
      });
      return denylist;
    },

    records() {
      const { database } = users.place;
      const options = { longestMs: longestRecordMs, parse: parseRecord, now };
      records ??=
        settings.opaqueStore === "redis"
          ? createRedisRecords({ redis: openedRedis("opaqueStore"), namespace, ...options })
          : createMongoRecords({ connection, database, readConcern, ...options });
      return records;
    },

    async prepare() {
      if (redis) await reach(redis);
      // the one in Redis has nothing to prepare but Redis
      if (settings.opaqueStore !== "redis") await records?.prepare();
    },
    async ping(limitMs) {
      const used = redis;
      if (used) await bounded(limitMs, () => reach(used));
    },
    fill: async () => denylist?.fill(),
    close: async () => redis?.close(),
  };
}

/** Waits no longer than one command may take; a server that can't be used is told as such. */
async function reach({ run, opened }: Redis): Promise<void> {
  try {
    await run(({ send }) => send("INFO", "server"));
  } catch (error) {
    await Promise.race([opened, null]);
    throw error;
  }
}

const parseRecord = (value: unknown): TokenRecord | null =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as TokenRecord) : null;
