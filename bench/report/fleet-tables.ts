import type { FleetResult } from "../fleet.js";
import { table } from "./table.js";

export function fleetTable({ series }: FleetResult): string {
  return table(
    [
      "beat, lease, ms",
      "instances",
      "writes, events a second, idle",
      "database, idle, % of a core",
      "all instances, idle, % of a core",
      "a revocation, p50, p99, ms",
      "CPU of a revocation: database, all instances, ms",
    ],
    series.flatMap(({ beatMs, leaseMs, sizes }) =>
      sizes.map(({ instances, idle, revocation }) => [
        `${beatMs}, ${leaseMs}`,
        String(instances),
        `${idle.updates.toFixed(1)}, ${idle.events.toFixed(1)}`,
        (100 * idle.databaseCpu).toFixed(1),
        (100 * idle.nodeCpu).toFixed(1),
        `${revocation.p50Ms.toFixed(1)}, ${revocation.p99Ms.toFixed(1)}`,
        `${revocation.databaseMs.toFixed(1)}, ${revocation.nodeMs.toFixed(1)}`,
      ]),
    ),
  );
}

/** With which power of the number of instances each grows. */
export function growthTable({ series }: FleetResult): string {
  return table(
    [
      "beat, lease, ms",
      "writes, idle",
      "events, idle",
      "database, idle",
      "all instances, idle",
      "events a revocation",
      "p50 of a revocation",
    ],
    series.map(({ beatMs, leaseMs, growth }) => [
      `${beatMs}, ${leaseMs}`,
      ...[
        growth.updates,
        growth.events,
        growth.databaseCpu,
        growth.nodeCpu,
        growth.revocationEvents,
        growth.revocationMs,
      ].map((power) => power.toFixed(2)),
    ]),
  );
}
