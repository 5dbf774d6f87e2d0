import { MusterError } from "../errors.js";
import type { Feed } from "../feed/feed.js";
import type { AuthStateSources } from "./auth-state.js";
import type { LoadAuthState } from "./load.js";
import type { Memory } from "./memory.js";

/** More reads than this at once do not help anybody: the rest is told to come again. */
const mostReads = 1_000;

/** One read for each request, of the one session that it is about. */
export function readThrough(load: LoadAuthState): AuthStateSources {
  return [(userId, session) => load(userId, { session })];
}

/**
 * Memory under a lease first, a read that is on its way next, a read of one's own last. Memory only ever admits: a token that it does not
 * know may have been written by another instance just now.
 *
 * A read that is sent while the instance is fresh comes after the last change that it has applied, so that no stale member can bring
 * back what a change has taken away. While it is not fresh, a read comes after a majority write that began after the request did, and is
 * not kept.
 */
export function leased({
  load,
  memory,
  feed,
  refusesFromMemory = false,
  barriers = true,
}: {
  load: LoadAuthState;
  memory: Memory;
  feed: Feed;
  /** The other way round only to show that the tests notice. */
  refusesFromMemory?: boolean;
  barriers?: boolean;
}): AuthStateSources {
  const isFresh = () => feed.freshForMs() > 0;
  const remembered = (userId: string) => (isFresh() ? memory.get(userId) : undefined);
  let reads = 0;

  async function read(userId: string) {
    if (reads >= mostReads) throw new MusterError("STORE_UNREACHABLE", { cause: new Error("too many reads at once") });
    reads++;
    try {
      if (isFresh()) {
        const after = feed.appliedThrough() ?? undefined;
        return await memory.fill(userId, () => load(userId, { after }), isFresh);
      }
      return await load(userId, { after: barriers ? await feed.barrier() : undefined });
    } finally {
      reads--;
    }
  }

  async function joined(userId: string) {
    const filling = isFresh() ? memory.filling(userId) : undefined;
    if (!filling) return undefined;
    await filling;
    return remembered(userId);
  }

  if (refusesFromMemory) return [async (userId) => remembered(userId) ?? read(userId)];
  return [remembered, joined, read];
}
