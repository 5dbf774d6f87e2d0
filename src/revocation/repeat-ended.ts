import type { FeedListener } from "../feed/feed.js";
import type { ClusterTime } from "../store/cluster-time.js";
import type { PublishEnded } from "./publish-ended.js";

/** The rest is left to the writes that ended it, and to the feed, which speaks against it on every instance. */
const mostOwed = 10_000;

/**
 * Tells a store that all instances ask what this one hears of, one user after the other and off the feed's way: who ended it has told the
 * store before anybody was told of success, so this is for those who could not any more. What fails is tried again with the next proof.
 */
export function repeatEnded(publish: PublishEnded, onError: (error: unknown) => void = () => {}): FeedListener {
  const owed = new Map<string, ClusterTime>();
  let isTelling = false;

  async function tell(): Promise<void> {
    if (isTelling) return;
    isTelling = true;
    try {
      for (;;) {
        const [first] = owed;
        if (!first) return;
        const [userId, at] = first;
        await publish(userId, at);
        // where something has happened since, once more
        if (owed.get(userId) === at) owed.delete(userId);
      }
    } catch (error) {
      onError(error);
    } finally {
      isTelling = false;
    }
  }

  return {
    onUser({ userId, at }) {
      if (owed.size >= mostOwed && !owed.has(userId)) return;
      owed.set(userId, at);
      void tell();
    },
    onReset() {},
    onProof() {
      if (owed.size > 0) void tell();
    },
  };
}
