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
  /** Gives a read up when it takes too long; a simulation, whose time is another, does not. */
  bound?: <T>(read: () => Promise<T>) => Promise<T>;
};

/**
 * Memory under a lease first, a read that is on its way next, then a read of one's own, and last one behind a barrier. Memory only ever
 * admits: a token that it does not know may have been written by another instance just now.
 *
 * A read that is sent while the instance is fresh comes after the last change that it has applied, so that no stale member can bring
 * back what a change has taken away. It may admit, and is remembered; but a deposed primary that answers it may not know of a login yet.
 * So what refuses, and what decides while the instance is not fresh, is a read behind a majority write that began after the request did.
 */
export function createSources({
  load,
  memory,
  feed,
  isLeased,
  onFallBack,
  barriers = true,
  bound = (read) => bounded(longestReadMs, read),
}: SourcesOptions): AuthStateSources {
  const inTime = createReadLimit(bound);
  const isFresh = () => feed.freshForMs() > 0;
  const remembered = (userId: string) => (isFresh() ? memory.get(userId) : undefined);

  function joined(userId: string) {
    const filling = isFresh() ? memory.filling(userId) : undefined;
    return filling?.then(() => remembered(userId));
  }

  const read = (userId: string) =>
    memory.fill(userId, () => load(userId, { after: feed.appliedThrough() ?? undefined }), isFresh);
  const filled = (userId: string) => (isFresh() ? inTime(() => read(userId)) : undefined);

  async function surely(userId: string, session: string) {
    if (!isLeased()) return load(userId, { session });
    if (!isFresh()) onFallBack();
    return load(userId, { after: barriers ? await feed.barrier() : undefined });
  }

  return [remembered, joined, filled, (userId, session) => inTime(() => surely(userId, session))];
}

/** Bounds how many reads there are at once, and how long each may take. */
function createReadLimit(bound: NonNullable<SourcesOptions["bound"]>) {
  let reads = 0;
  return async <T>(read: () => Promise<T>): Promise<T> => {
    if (reads >= mostReads) throw new MusterError("STORE_UNREACHABLE", { cause: new Error("too many reads at once") });
    reads++;
    try {
      return await bound(read);
    } finally {
      reads--;
    }
  };
}
