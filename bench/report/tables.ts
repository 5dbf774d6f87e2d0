import type { CostResult } from "../cost.js";
import type { FleetResult } from "../fleet.js";
import type { LoginResult } from "../logins.js";
import { kinds, type MeResult } from "../me.js";
import type { SpeedResult } from "../speed.js";
import type { Estimate } from "../statistics.js";

/** What the four servers are called. */
export const nameOf: Record<(typeof kinds)[number], string> = {
  public: "(a) `@public`, no token",
  stateless: "(b) stateless JWT",
  leased: "(c) Muster, leased",
  "read-through": "(d) Muster, read-through",
};

const whole = (value: number) => value.toFixed(0);
const range = ({ median, low, high }: Estimate, digits: number) =>
  `${median.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;

/** A table in Markdown. */
function table(head: string[], rows: string[][]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

export function meTable({ figures }: MeResult): string {
  return table(
    [
      "server",
      "requests a second",
      "beside (a)",
      "CPU a request, µs",
      "p50, p99 saturated, ms",
      "p50, p99 at a steady pace, ms",
    ],
    kinds.map((kind) => {
      const { perSecond, besidePublic, cpuMicros, saturated, paced } = figures[kind];
      const latency = ({ p50Ms, p99Ms }: { p50Ms: number; p99Ms: number }) =>
        `${p50Ms.toFixed(2)}, ${p99Ms.toFixed(2)}`;
      return [
        nameOf[kind],
        range(perSecond, 0),
        range(besidePublic, 3),
        whole(cpuMicros),
        latency(saturated),
        latency(paced),
      ];
    }),
  );
}

export function costTable(cost: CostResult): string {
  return table(
    [
      "mode",
      "requests counted",
      "commands a request",
      "bytes a request",
      "commands a second when idle",
      "bytes a second when idle",
    ],
    (["leased", "read-through"] as const).map((mode) => {
      const { requests, commandsPerRequest, bytesPerRequest, idleCommandsPerSecond, idleBytesPerSecond } = cost[mode];
      const idle = [idleCommandsPerSecond.toFixed(1), whole(idleBytesPerSecond)];
      return [mode, whole(requests), commandsPerRequest.toFixed(4), whole(bytesPerRequest), ...idle];
    }),
  );
}

export function loginTable(logins: LoginResult): string {
  return table(
    ["at a time", "logins a second", "argon2id alone, a second", "beside argon2id"],
    logins.map((each) => [
      String(each.concurrency),
      range(each.logins, 1),
      range(each.argon2, 1),
      range(each.ratio, 2),
    ]),
  );
}

export function speedTable({ figures }: SpeedResult): string {
  return table(
    ["users stored", "active", "sessions each", "requests a second", "beside the first"],
    figures.map(({ stored, active, sessionsEach, perSecond, besideFirst }) => [
      String(stored),
      String(active),
      String(sessionsEach),
      range(perSecond, 0),
      range(besideFirst, 3),
    ]),
  );
}

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
    ["beat, lease, ms", "writes, idle", "events, idle", "database, idle", "all instances, idle", "events a revocation"],
    series.map(({ beatMs, leaseMs, growth }) => [
      `${beatMs}, ${leaseMs}`,
      ...[growth.updates, growth.events, growth.databaseCpu, growth.nodeCpu, growth.revocationEvents].map((power) =>
        power.toFixed(2),
      ),
    ]),
  );
}
