import type { Admitted } from "../authenticate.js";
import type { Parts } from "../parts.js";
import { endSessions } from "./end-sessions.js";

/** Ends all sessions of the user but the one that asks; says how many. @throws as `endSessions` */
export function logoutOthers(parts: Parts, asker: Admitted): Promise<number> {
  const { sid } = asker.claims;
  return endSessions(parts, asker, {
    name: "logout-others",
    reason: "LOGGED_OUT_OTHERS",
    takes: "OTHER_SESSIONS",
    ends: ({ id }) => id !== sid,
    remaining: parts.roll.withoutOthers(sid),
    movesEpoch: true,
  });
}
