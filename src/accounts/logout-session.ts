import type { Admitted } from "../authenticate.js";
import type { Parts } from "../parts.js";
import { endSessions } from "./end-sessions.js";

/** Ends one session of the user who asks: 1, or 0 for an id that is unknown or somebody else's, both alike. @throws as `endSessions` */
export function logoutSession(parts: Parts, asker: Admitted, id: string): Promise<number> {
  return endSessions(parts, asker, {
    name: "logout-session",
    reason: id === asker.claims.sid ? "LOGGED_OUT" : "SESSION_ENDED",
    takes: "ONE_SESSION",
    ends: (each) => each.id === id,
    remaining: parts.roll.without(id),
    movesEpoch: false,
  });
}
