import type { CostResult } from "../cost.js";
import type { LoginResult } from "../logins.js";
import { kinds, type MeResult } from "../me.js";
import type { ReadsResult } from "../reads.js";
import type { SpeedResult } from "../speed.js";
import { range, table, whole } from "./table.js";

/** What the four servers are called. */
export const nameOf: Record<(typeof kinds)[number], string> = {
  public: "(a) `@public`, no token",
  stateless: "(b) stateless JWT",
  leased: "(c) Muster, leased",
  "read-through": "(d) Muster, read-through",
};

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
      "reads a request",
      "commands a request",
      "bytes a request",
      "commands a second when idle",
      "bytes a second when idle",
    ],
    (["leased", "read-through"] as const).map((mode) => {
      const { requests, readsPerRequest, commandsPerRequest, bytesPerRequest, ...idle } = cost[mode];
      return [
        mode,
        whole(requests),
        ...[readsPerRequest, commandsPerRequest].map((each) => each.toFixed(4)),
        whole(bytesPerRequest),
        idle.idleCommandsPerSecond.toFixed(1),
        whole(idle.idleBytesPerSecond),
      ];
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

export function readsTable({ requests, users, seconds, lastUsedSeconds, commands, lastUses }: ReadsResult): string {
  const rows = Object.entries(commands).map(([name, count]) => [
    `\`${name}\``,
    whole(count),
    (count / requests).toFixed(5),
    meaningOf[name as keyof typeof meaningOf] ?? "",
  ]);
  const told = `${whole(requests)} requests of ${users} users in ${whole(seconds)} s. With \`LAST_USED_SECONDS=${lastUsedSeconds}\` ${lastUses.writes} last uses of ${lastUses.sessions} sessions were written, ${lastUses.tooEarly} of them too early.`;
  return `${told}\n\n${table(["command", "how often", "a request", "what it is"], rows)}`;
}

/** What a leased server may ask in steady state. */
export const meaningOf = {
  "update muster_instances": "the beats",
  "getMore $cmd.aggregate": "the change stream",
  "update users": "last uses, many in one command",
};
