import { kinds, type MeResult } from "../me.js";
import type { RevocationResult } from "../revocation.js";
import type { SocketsResult } from "../sockets.js";
import type { SpeedResult } from "../speed.js";
import { barChart } from "./bar-chart.js";
import { curveChart } from "./curve-chart.js";
import { nameOf } from "./tables.js";
import { bounds } from "./verdicts.js";

export function meChart({ figures }: MeResult): string {
  const bars = kinds.map((kind) => {
    const { perSecond, besidePublic } = figures[kind];
    return {
      name: nameOf[kind].replaceAll("`", ""),
      value: perSecond,
      note: `${perSecond.median.toFixed(0)}/s, ${(100 * besidePublic.median).toFixed(1)} %`,
      isOurs: kind === "leased" || kind === "read-through",
    };
  });
  return barChart("Requests a second of the four servers", bars);
}

export function speedChart({ figures }: SpeedResult): string {
  const bars = figures.map(({ stored, sessionsEach, perSecond, besideFirst }) => ({
    name: `${stored.toLocaleString("en")} stored, ${sessionsEach} ${sessionsEach === 1 ? "session" : "sessions"} each`,
    value: perSecond,
    note: `${perSecond.median.toFixed(0)}/s, ${(100 * besideFirst.median).toFixed(1)} %`,
    isOurs: true,
  }));
  return barChart("Requests a second by how many users and sessions are stored", bars);
}

export function revocationChart({ healthy, stopped, leaseMs }: RevocationResult): string {
  const mostMs = leaseMs + bounds.beyondLeaseMs;
  return curveChart("How long it takes until an ending holds everywhere", [
    {
      title: "all three instances are well",
      times: healthy,
      bounds: [
        { share: 0.5, ms: bounds.endingP50Ms, name: `half within ${bounds.endingP50Ms} ms` },
        { share: 0.99, ms: bounds.endingP99Ms, name: `99 % within ${bounds.endingP99Ms} ms` },
      ],
    },
    {
      title: "one of them is stopped",
      times: stopped,
      bounds: [{ share: 1, ms: mostMs, name: `all within LEASE_MS + ${bounds.beyondLeaseMs} ms` }],
    },
  ]);
}

export function socketsChart({ cut, connections, instances }: SocketsResult): string {
  const bound = { share: 0.99, ms: bounds.cutMs, name: `99 % within ${bounds.cutMs} ms` };
  const title = `${connections} connections over ${instances} instances are cut`;
  return curveChart("How long it takes until connections are cut", [{ title, times: cut, bounds: [bound] }]);
}
