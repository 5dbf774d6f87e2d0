import type { Instance } from "../instances.js";
import type { Asker } from "../load/asker.js";
import type { Stage } from "../stage.js";

/** What was spent and seen while something went on. */
export type Metered = {
  requestsPerSecond: number;
  /** Which share of all cores the instances, the database and this process used. */
  busy: number;
  /** Endings that waited until the lease of an instance had run out which said nothing. */
  silentWaits: number;
  /** Requests that were decided behind a barrier because memory was not proved fresh. */
  fellBack: number;
};

/** Begins to count; what it answers with tells of the time since then. */
export async function startMeter(
  { database, machine }: Stage,
  instances: readonly Instance[],
  askers: readonly Asker[],
): Promise<() => Promise<Metered>> {
  const sum = (values: readonly number[]) => values.reduce((all, each) => all + each, 0);
  const read = async () => {
    const { user, system } = process.cpuUsage();
    const used = await Promise.all(instances.map(({ ask }) => ask("cpuMs", undefined)));
    const waited = await Promise.all(instances.map(({ ask }) => ask("waited", undefined)));
    return {
      atMs: performance.now(),
      cpuMs: (await database.work()).cpuMs + (user + system) / 1_000 + sum(used),
      sent: sum(askers.map((asker) => asker.sent())),
      silent: sum(waited.map(({ silent }) => silent)),
      fellBack: sum(waited.map(({ fellBack }) => fellBack)),
    };
  };
  const before = await read();
  return async () => {
    const after = await read();
    const ms = after.atMs - before.atMs;
    return {
      requestsPerSecond: ((after.sent - before.sent) * 1_000) / ms,
      busy: (after.cpuMs - before.cpuMs) / ms / machine.cores,
      silentWaits: after.silent - before.silent,
      fellBack: after.fellBack - before.fellBack,
    };
  };
}
