import type { Admitted } from "../authenticate.js";
import type { Parts } from "../parts.js";
import { endSessions } from "./end-sessions.js";

/** Ends all sessions of the user, the one that asks included; says how many. @throws as `endSessions` */
export function logoutEverywhere(parts: Parts, asker: Admitted): Promise<number> {
  return endSessions(parts, asker, {
    name: "logout-everywhere",
    reason: "LOGGED_OUT_EVERYWHERE",
    takes: "ALL_SESSIONS",
    ends: () => true,
    remaining: parts.roll.empty(),
    movesEpoch: true,
  });
}
