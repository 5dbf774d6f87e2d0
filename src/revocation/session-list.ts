import { revoked } from "./guards.js";
import type { Strategy } from "./strategy.js";

/** The roll: a token is good while the session `sid` of its user carries its `jti`. */
export const sessionList = (): Strategy => ({
  name: "session-list",
  capabilities: ["ONE_SESSION", "OTHER_SESSIONS", "ALL_SESSIONS", "BY_TIME", "EVERYTHING"],
  judge(state, { claims: { sid, jti } }, session) {
    if (!session) return revoked(state, sid);
    return session.jtis.includes(jti) ? null : { refused: "TOKEN_SUPERSEDED" };
  },
});
