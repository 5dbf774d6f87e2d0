import type { ClusterTime } from "../../../src/store/cluster-time.js";
import type { InstanceRow } from "../../../src/store/registry.js";

/** A session of the one user that there is, and its tokens. */
export type Roll = ReadonlyMap<string, readonly string[]>;

/** One write, and what it left behind. */
export type Entry = {
  time: ClusterTime;
  roll: Roll;
  rows: ReadonlyMap<string, InstanceRow>;
  /** What a change stream tells of it; writes that only add tell nothing. */
  event?: { kind: "user"; revoking: boolean } | { kind: "beat"; id: string; beat: number };
};

/**
 * A replica set as its clients can know it: a log of writes, of which a majority has the beginning. What lies behind that is lost when
 * the primary is. A read by majority shows any state up to there that comes after what it was asked to come after: the member that
 * answers may be a primary that was deposed and does not know it.
 */
export type Log = {
  entries(): readonly Entry[];
  /** How many entries a majority has. */
  committed(): number;
  last(): Entry;
  append(change: Partial<Pick<Entry, "roll" | "rows" | "event">>): Entry;
  has(entry: Entry): boolean;
  /** True where a majority has it. */
  isCommitted(entry: Entry): boolean;
  /** A majority has one more. */
  replicate(): boolean;
  /** Another primary: what no majority has is gone. */
  failOver(): void;
  /** The states that a majority read may show. */
  readable(after: ClusterTime | undefined): readonly Entry[];
};

export function createLog(): Log {
  const entries: Entry[] = [{ time: 1n, roll: new Map(), rows: new Map() }];
  let committed = 1;
  let clock = 1n;
  const last = () => entries.at(-1)!;
  return {
    entries: () => entries,
    committed: () => committed,
    last,
    append({ roll = last().roll, rows = last().rows, event }) {
      const entry: Entry = { time: ++clock, roll, rows, ...(event && { event }) };
      entries.push(entry);
      return entry;
    },
    has: (entry) => entries.includes(entry),
    isCommitted: (entry) => entries.lastIndexOf(entry, committed - 1) >= 0,
    replicate() {
      if (committed === entries.length) return false;
      committed++;
      return true;
    },
    failOver() {
      entries.length = committed;
    },
    readable: (after) => entries.slice(0, committed).filter(({ time }) => after === undefined || time >= after),
  };
}
