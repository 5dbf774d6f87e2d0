import type { ClusterTime } from "../store/cluster-time.js";
import type { InstanceRow, Registry } from "../store/registry.js";
import type { Timers } from "./timers.js";

/** What a revoking mutation waited for. */
export type Waited = { instances: number; silent: number; polls: number };

/** How much longer than its lease a silent instance is waited for: two clocks run at one speed to a thousandth, and timers are late. */
const marginOf = (leaseMs: number) => 50 + leaseMs / 1_000;
const pauses = [0, 1, 1, 2, 2, 4, 8, 16];

/**
 * Waits until no instance can admit from memory what was ended at `time`: each registered one has applied it, or is silent for so
 * long that its lease has run out.
 *
 * A silent one's wait is counted from when the reply came that first showed its beat number: what it may still believe was proved
 * before that. So an instance that died costs one wait, not one a revocation. Measured by the monotonic clock alone.
 */
export function createWaitForAll({
  registry,
  timers,
  monotonicMs,
  self,
}: {
  registry: Pick<Registry, "readAfter" | "poll" | "remove">;
  timers: Timers;
  monotonicMs: () => number;
  /** The own row is not asked for over the wire. */
  self: { id: () => string; appliedThrough: () => ClusterTime | null };
}) {
  const seen = new Map<string, { beat: number; sinceMs: number }>();

  function note(rows: readonly InstanceRow[], atMs: number): void {
    for (const { id, beat } of rows) {
      if (seen.get(id)?.beat !== beat) seen.set(id, { beat, sinceMs: atMs });
    }
  }

  const hasApplied = (row: InstanceRow, time: ClusterTime) => {
    const applied = row.id === self.id() ? self.appliedThrough() : row.appliedThrough;
    return applied !== null && applied >= time;
  };

  /** @throws MusterError `STORE_UNREACHABLE`: who is registered can't be known */
  return async function waitForAll(time: ClusterTime): Promise<Waited> {
    const rows = await registry.readAfter(time);
    note(rows, monotonicMs());
    for (const id of seen.keys()) if (!rows.some((row) => row.id === id)) seen.delete(id);

    // what was read after `time` says which proof each can have: later ones come after the revocation in its stream
    let open = rows
      .filter((row) => !hasApplied(row, time))
      .map((row) => ({ row, endsMs: seen.get(row.id)!.sinceMs + row.leaseMs + marginOf(row.leaseMs) }));
    let silent = 0;
    let polls = 0;
    for (;;) {
      const now = monotonicMs();
      const over = open.filter(({ endsMs }) => endsMs <= now);
      silent += over.length;
      for (const { row } of over) void forgetDead(row);
      open = open.filter(({ endsMs }) => endsMs > now);
      if (open.length === 0) return { instances: rows.length, silent, polls };

      const untilOver = Math.min(...open.map(({ endsMs }) => endsMs)) - now;
      const pause = pauses[Math.min(polls, pauses.length - 1)]!;
      await timers.sleep(Math.min(pause, Math.max(0, Math.ceil(untilOver))));
      polls++;
      // a poll that fails tells nothing: the lease runs out all the same
      const latest = await registry.poll(open.map(({ row }) => row.id)).catch(() => []);
      open = open.filter(({ row }) => !hasApplied(latest.find(({ id }) => id === row.id) ?? row, time));
    }
  };

  /** The row of an instance that showed one beat number for longer than its lease may go: with that number in the filter. */
  async function forgetDead({ id, beat }: InstanceRow): Promise<void> {
    if (id === self.id() || seen.get(id)?.beat !== beat) return;
    await registry.remove({ id, beat }).catch(() => {});
  }
}
