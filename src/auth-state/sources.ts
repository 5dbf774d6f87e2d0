import { MusterError } from "../errors.js";
import type { Feed } from "../feed/feed.js";
import { bounded } from "../store/bounded.js";
import type { AuthStateSources } from "./auth-state.js";
import type { LoadAuthState } from "./load.js";
import type { Memory } from "./memory.js";

/** More reads than this at once help nobody: the rest is told to come again. */
const mostReads = 1_000;
/** A barrier may wait for another and a read for the barrier: together no longer than this. */
const longestReadMs = 2_500;

export type SourcesOptions = {
  load: LoadAuthState;
  memory: Memory;
  feed: Pick<Feed, "freshForMs" | "appliedThrough" | "barrier">;
  /** Without leases each request reads, and only the one session that it is about. */
  isLeased: () => boolean;
  /** Called where memory is not proved fresh. */
  onFallBack: () => void;
  /** Off only to show that the tests notice. */
  barriers?: boolean;
};

/**
 * Memory under a lease first, a read that is on its way next, a read of one's own last. Memory only ever admits: a token that it does not
 * know may have been written by another instance just now.
 *
 * A read that is sent while the instance is fresh comes after the last change that it has applied, so that no stale member can bring
 * back what a change has taken away. While it is not fresh, a read comes after a majority write that began after the request did, and is
 * not kept.
 */
export function createSources({
  load,
  memory,
  feed,
  isLeased,
  onFallBack,
  barriers = true,
}: SourcesOptions): AuthStateSources {
  const isFresh = () => feed.freshForMs() > 0;
  const remembered = (userId: string) => (isFresh() ? memory.get(userId) : undefined);

  function joined(userId: string) {
    const filling = isFresh() ? memory.filling(userId) : undefined;
    return filling?.then(() => remembered(userId));
  }

  function read(userId: string, session: string) {
    if (!isLeased()) return load(userId, { session });
    if (isFresh())
      return memory.fill(userId, () => load(userId, { after: feed.appliedThrough() ?? undefined }), isFresh);
    onFallBack();
    return barriers ? feed.barrier().then((after) => load(userId, { after })) : load(userId);
  }

  return [remembered, joined, inTime(read)];
}

function inTime(read: (userId: string, session: string) => ReturnType<LoadAuthState>): typeof read {
  let reads = 0;
  return async (userId, session) => {
    if (reads >= mostReads) throw new MusterError("STORE_UNREACHABLE", { cause: new Error("too many reads at once") });
    reads++;
    try {
      return await bounded(longestReadMs, () => read(userId, session));
    } finally {
      reads--;
    }
  };
}
