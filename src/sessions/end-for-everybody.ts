import type { Memory } from "../auth-state/memory.js";
import type { ClusterTime } from "../store/cluster-time.js";
import type { SystemStore } from "../store/system.js";
import { newId } from "../tokens/claims.js";
import { literal, type Roll } from "./roll.js";

/**
 * Ends the sessions of all users, or with a date those whose newest token was issued before it. Returns only when that is committed by a majority
 * and no instance admits their tokens. @throws MusterError `STORE_UNREACHABLE`: it may still happen, and repeating it is safe
 */
export type EndForEverybody = (issuedBefore: Date | null) => Promise<void>;

/**
 * The one way in which what holds for everybody is changed. Each call writes something new, so that a repeat promises as much as the first.
 *
 * @param onWritten called after the change: whoever hears of it by no feed has to be told
 */
export function createEndForEverybody({
  store,
  roll,
  memory,
  waitForAll,
  onWritten,
}: {
  store: Pick<SystemStore, "update">;
  roll: Pick<Roll, "now">;
  memory?: Memory | undefined;
  waitForAll: (time: ClusterTime | null) => Promise<unknown>;
  onWritten?: () => void;
}): EndForEverybody {
  return async (issuedBefore) => {
    memory?.flush();
    try {
      const time = await store.update("end-all-sessions", [{ $set: issuedBefore ? byDate(issuedBefore) : all() }]);
      memory?.flush();
      await waitForAll(time);
      onWritten?.();
    } catch (error) {
      memory?.flush();
      throw error;
    }
  };

  /** A date to come means now: tokens that are not issued yet live. */
  function byDate(issuedBefore: Date) {
    const date = { $min: [issuedBefore, roll.now()] };
    return { tokensValidAfter: { $max: ["$tokensValidAfter", date] }, rev: literal(newId()) };
  }

  function all() {
    const counter = { $add: [{ $ifNull: ["$counter", 0] }, 1] };
    return { counter, tokenSecret: literal(newId()), rev: literal(newId()) };
  }
}
