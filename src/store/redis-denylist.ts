import { randomBytes } from "node:crypto";
import { clockMarginMs } from "./records.js";
import type { Redis } from "./redis.js";

/** An access token that was ended, and when it expires. */
export type DeniedToken = { jti: string; until: Date };

/** `unfilled`: nobody knows, because the list may lack entries: *unknown*, until it has been filled. */
export type DenylistAnswer = "denied" | "clear" | "unfilled";

/** A list of ended access tokens in Redis. Every call rejects with the MusterError `STORE_UNREACHABLE` when its outcome is unknown. */
export type RedisDenylist = {
  /** Resolves when every instance that asks is told of these. Repeating it does no harm. */
  deny(tokens: Iterable<DeniedToken>): Promise<void>;
  /** One command, `MGET`, for the entry and for the proof that no entry is missing. */
  ask(jti: string): Promise<DenylistAnswer>;
  /**
   * Makes the list whole: at the start of an instance, and whenever the answer was `unfilled`. Any number of instances may do so at once.
   *
   * @param load all tokens that have been ended and have not expired, as a majority of the users' database has them: read after it is
   *   called, never before, and every one of whose ending `deny` has not been called yet is in it
   * @throws MusterError `STORE_UNREACHABLE` also where Redis started again or was emptied meanwhile: fill it again
   */
  fill(load: () => Promise<Iterable<DeniedToken>>): Promise<void>;
};

export type RedisDenylistOptions = {
  redis: Redis;
  /** What tells deployments on one Redis apart: the name of the users' database, which may not be known before it is opened. */
  namespace: () => string;
  /** Milliseconds since the epoch. */
  now: () => number;
};

/** Sent at once; more goes in several turns, each with a time limit of its own. */
const longestTurn = 250;

/** Longer than filling takes. */
const fillingMs = 3_600_000;

/** Sets the proof only where nothing was lost since the filling began. */
const finishScript = `
if redis.call("DEL", KEYS[1]) == 0 then return 0 end
redis.call("SET", KEYS[2], ARGV[1])
return 1`;

/**
 * The denylist in Redis. It is asked about each token, and it is believed only where it proves to be whole.
 *
 * The proof is a key beside the entries that holds the `run_id` of the Redis that was filled, a random name that Redis gives itself at
 * each start. A Redis that was emptied has no such key. One that started again has another `run_id`, so what it read from its disk, which
 * may be older than the last entries, is not believed; nor is another server that took its place, which may never have received them.
 *
 * Filling begins with a mark in Redis, then reads the users' database, writes the entries, and ends with a script that sets the proof only
 * where the mark is still there. The mark's name holds the `run_id` too. So an entry that was written by another instance while the
 * database was read and was lost since can't be missing from a list with a proof: what made it go took the mark along. And a last step that
 * was given up and arrives late, at a Redis that was emptied meanwhile, does nothing.
 *
 * NOTE: between this process and Redis there must be nothing that moves a living connection to another server; the connection's look at
 * the server would notice it only with the next look. Who removes single keys by hand is not noticed.
 */
export function createRedisDenylist({ redis, namespace, now }: RedisDenylistOptions): RedisDenylist {
  const keyOf = (name: string) => `muster:${namespace()}:${name}`;
  const proof = () => keyOf("denied-filled");
  const entry = (jti: string) => keyOf(`denied:${jti}`);

  async function deny(tokens: Iterable<DeniedToken>): Promise<void> {
    const living = [...tokens]
      .map(({ jti, until }) => ({ jti, life: until.getTime() - now() + clockMarginMs }))
      .filter(({ life }) => life > 0);
    for (let at = 0; at < living.length; at += longestTurn) {
      const turn = living.slice(at, at + longestTurn);
      await redis.run(({ send }) =>
        Promise.all(turn.map(({ jti, life }) => send("SET", entry(jti), "1", "PX", String(life)))),
      );
    }
  }

  return {
    deny,

    ask: (jti) =>
      redis.run(async ({ runId, send }) => {
        const [denied, filled] = (await send("MGET", entry(jti), proof())) as (string | null)[];
        if (typeof denied === "string") return "denied";
        return filled === runId ? "clear" : "unfilled";
      }),

    async fill(load) {
      const nonce = randomBytes(16).toString("hex");
      const mark = (runId: string) => keyOf(`denied-filling:${runId}:${nonce}`);
      await redis.run(({ runId, send }) => send("SET", mark(runId), "1", "PX", String(fillingMs)));
      await deny(await load());
      await redis.run(async ({ runId, send }) => {
        if ((await send("EVAL", finishScript, "2", mark(runId), proof(), runId)) !== 1)
          throw new Error("Redis started again or was emptied while the denylist was filled");
      });
    },
  };
}
