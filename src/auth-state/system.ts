import type { Feed } from "../feed/feed.js";
import type { ClusterTime } from "../store/cluster-time.js";
import type { SystemState, SystemStore } from "../store/system.js";

/** What holds for everybody, as this instance knows it. */
export type System = {
  /**
   * What was known at some time before this resolves, and since then of everything that had returned when this was called. What is older only makes
   * that what it goes into is refused. @throws MusterError `STORE_UNREACHABLE`
   */
  known(): Promise<SystemState>;
  /** What held at this time or later; without a time, what holds now. @throws MusterError `STORE_UNREACHABLE` */
  since(time: ClusterTime | null): Promise<SystemState>;
  /** What holds now, where memory may say so; else undefined, and it is read to be remembered. */
  remembered(): SystemState | undefined;
};

/** Remembers it while the feed is fresh; whatever changes it is told as a reset. Else each answer is a read, shared by those who wait for the next. */
export function createSystem({
  store,
  feed,
  isLeased,
}: {
  store: SystemStore;
  feed: Pick<Feed, "listen" | "freshForMs" | "appliedThrough">;
  isLeased: () => boolean;
}): System {
  let remembered: SystemState | null = null;
  let reading: Promise<SystemState> | null = null;
  let resets = 0;

  feed.listen({
    onUser() {},
    onReset() {
      resets++;
      remembered = null;
      reading = null;
    },
  });
  const isFresh = () => isLeased() && feed.freshForMs() > 0;

  async function read(): Promise<SystemState> {
    const [wasFresh, resetsBefore] = [isFresh(), resets];
    const state = await store.read(wasFresh ? (feed.appliedThrough() ?? undefined) : undefined);
    if (wasFresh && resets === resetsBefore) remembered = state;
    return state;
  }

  async function known(): Promise<SystemState> {
    if (remembered && isFresh()) return remembered;
    if (!isFresh()) return read();
    return reading ?? begin();
  }

  function begin(): Promise<SystemState> {
    const begun = read().finally(() => {
      if (reading === begun) reading = null;
    });
    reading = begun;
    return begun;
  }

  return {
    known,
    async since(time) {
      const applied = feed.appliedThrough();
      const isCovered = time !== null && applied !== null && applied >= time;
      return isCovered && remembered && isFresh() ? remembered : store.read(time ?? undefined);
    },
    remembered() {
      if (!isFresh()) return undefined;
      // what fails is tried again by the next one who asks
      if (!remembered && !reading) void known().catch(() => {});
      return remembered ?? undefined;
    },
  };
}
