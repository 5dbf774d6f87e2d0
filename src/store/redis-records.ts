import { clockMarginMs, type RecordStore, type RecordStoreOptions, readRecord, type TokenRecord } from "./records.js";
import type { Redis } from "./redis.js";

export type RedisRecordsOptions<T extends TokenRecord> = RecordStoreOptions<T> & {
  redis: Redis;
  /** What tells deployments on one Redis apart: the name of the users' database, which may not be known before it is opened. */
  namespace: () => string;
};

/** A value is when it expires, in milliseconds since the epoch, a colon and JSON; of a deleted one nothing is left. */
const deleted = "";

const putScript = `
local was = redis.call("GET", KEYS[1])
if was == "" then return 0 end
if was and tonumber(string.match(was, "^%d+")) > tonumber(ARGV[3]) then return 1 end
redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
return 1`;

const amendScript = `
local was = redis.call("GET", KEYS[1])
if not was or was == "" or tonumber(string.match(was, "^%d+")) <= tonumber(ARGV[3]) then return 0 end
redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
return 1`;

/**
 * Records in Redis. Their keys hold the server's run: a Redis that starts again has none of the records of before, whatever it reads from
 * its disk, because what was deleted last may be back in it. So does another server that takes its place.
 *
 * NOTE: between this process and Redis there must be nothing that moves a living connection to another server.
 */
export function createRedisRecords<T extends TokenRecord>({
  redis,
  namespace,
  longestMs,
  parse,
  now,
}: RedisRecordsOptions<T>): RecordStore<T> {
  const keyOf = (runId: string, key: string) => `muster:${namespace()}:record:${runId}:${key}`;
  const textOf = (record: T, expiresAt: Date) => `${expiresAt.getTime()}:${JSON.stringify(record)}`;
  const lifeOf = (expiresAt: Date) => String(Math.max(1, expiresAt.getTime() - now()) + clockMarginMs);

  return {
    prepare: () => redis.opened,

    put: (key, record, expiresAt) =>
      redis.run(async ({ runId, send }) => {
        const written = [textOf(record, expiresAt), lifeOf(expiresAt), String(now())];
        return (await send("EVAL", putScript, "1", keyOf(runId, key), ...written)) === 1;
      }),

    amend: (key, record, expiresAt) =>
      redis.run(async ({ runId, send }) => {
        const written = [textOf(record, expiresAt), lifeOf(expiresAt), String(now())];
        return (await send("EVAL", amendScript, "1", keyOf(runId, key), ...written)) === 1;
      }),

    async get(key) {
      const value = await redis.run(({ runId, send }) => send("GET", keyOf(runId, key)));
      const [, expiresAt, text] = /^(\d+):(.*)$/s.exec(typeof value === "string" ? value : deleted) ?? [];
      if (text === undefined || Number(expiresAt) <= now()) return null;
      return readRecord(text, parse);
    },

    async delete(keys) {
      if (keys.length === 0) return;
      const life = String(longestMs + clockMarginMs);
      await redis.run(({ runId, send }) =>
        Promise.all(keys.map((key) => send("SET", keyOf(runId, key), deleted, "PX", life))),
      );
    },
  };
}
