import type { Admitted } from "../authenticate.js";
import type { Parts } from "../parts.js";
import { logoutSession } from "./logout-session.js";

/** Ends the session that asks: 1. @throws as `endSessions` */
export function logout(parts: Parts, asker: Admitted): Promise<number> {
  return logoutSession(parts, asker, asker.claims.sid);
}
