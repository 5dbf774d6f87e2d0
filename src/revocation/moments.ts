import type { Feed } from "../feed/feed.js";
import type { ClusterTime } from "../store/cluster-time.js";

/** For each group of users, when something was last changed that may have ended tokens of one of them. */
export type Moments = {
  /** Whether everything is known that this group's users have lost since, and it is nothing. */
  isNothingSince(group: number, stamp: ClusterTime): boolean;
  /** A time up to which everything has been applied, all of it: reads that are sent from now on come after. Null where none is proved. */
  proved(): ClusterTime | null;
};

/**
 * One number a group, kept by the feed; of what happened before its stream was opened only that it may have: at the start, and after each
 * reset, everybody's moment is that of the first proof.
 *
 * @param groupOf 0 to `groups` - 1
 */
export function createMoments({
  feed,
  groups,
  groupOf,
}: {
  feed: Pick<Feed, "listen" | "freshForMs" | "appliedThrough">;
  groups: number;
  groupOf: (userId: string) => number;
}): Moments {
  const last = new Array<ClusterTime>(groups).fill(0n);
  let everybody: ClusterTime | null = null;
  let proved: ClusterTime | null = null;

  feed.listen({
    onUser({ userId, at, inserted }) {
      const group = groupOf(userId);
      if (!inserted && at > last[group]!) last[group] = at;
    },
    onReset() {
      everybody = null;
      proved = null;
    },
    onProof() {
      // of a transaction some may have been told and some not, all with one time; a beat is alone with its own
      proved = feed.appliedThrough();
      everybody ??= proved;
    },
  });

  return {
    isNothingSince: (group, stamp) =>
      everybody !== null && feed.freshForMs() > 0 && stamp >= everybody && stamp >= last[group]!,
    proved: () => (feed.freshForMs() > 0 ? proved : null),
  };
}
