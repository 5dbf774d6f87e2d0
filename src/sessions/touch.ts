import { LRUCache } from "lru-cache";
import type { Clock } from "../clock.js";
import type { UserStore } from "../store/users.js";
import { newId } from "../tokens/claims.js";

/** Notes which sessions are in use, and writes it off the request path. */
export type Touch = {
  /** Notes a use; written only where the last one written is `LAST_USED_SECONDS` old. Never waits, never throws. */
  note(session: { userKey: unknown; sessionId: string; lastUsedAtMs: number }): void;
  /** Writes what is noted. */
  flush(): Promise<void>;
  close(): Promise<void>;
};

const flushMs = 1_000;
const mostNoted = 10_000;
const mostWritten = 200_000;

/**
 * `lastUsedAt` is written at most once in `lastUsedSeconds` a session, many sessions in one bulk write. What can't be written, or
 * does not fit, is dropped: the next use notes it again.
 */
export function createTouch({
  users,
  clock,
  lastUsedSeconds,
  onFailure,
}: {
  users: UserStore;
  clock: Clock;
  lastUsedSeconds: number;
  onFailure?: (error: unknown) => void;
}): Touch {
  const noted = new Map<string, { userKey: unknown; usedAt: Date }>();
  const written = new LRUCache<string, number>({ max: mostWritten });
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();

  const write = async () => {
    if (noted.size === 0) return;
    const batch = [...noted];
    const notAfter = clock.now() - lastUsedSeconds * 1_000;
    try {
      await users.updateMany(
        batch.map(([id, { userKey, usedAt }]) => ({
          filter: { _id: userKey, sessions: { $elemMatch: { id, lastUsedAt: { $lte: new Date(notAfter) } } } },
          update: { $max: { "sessions.$.lastUsedAt": usedAt }, $set: { grew: newId() } },
        })),
      );
      for (const [id, { usedAt }] of batch) written.set(id, usedAt.getTime());
    } catch (error) {
      onFailure?.(error);
    } finally {
      for (const [id] of batch) noted.delete(id);
    }
  };
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    writing = writing.then(write);
    return writing;
  };

  return {
    note({ userKey, sessionId, lastUsedAtMs }) {
      const now = clock.now();
      const isLately = (usedAtMs: number) => now - usedAtMs < lastUsedSeconds * 1_000;
      // memory does not hear of a use: what was written here last counts as well
      if (isLately(lastUsedAtMs) || isLately(written.get(sessionId) ?? 0)) return;
      if (noted.has(sessionId) || noted.size >= mostNoted) return;
      noted.set(sessionId, { userKey, usedAt: new Date(now) });
      timer ??= setTimeout(flush, flushMs).unref();
    },
    flush,
    close: flush,
  };
}
