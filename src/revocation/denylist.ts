import type { Standing } from "../standing/standing.js";
import { outdated } from "./guards.js";
import type { Strategy } from "./strategy.js";

/**
 * Tokens that ended before they expire. The write that takes one off the roll notes it on the user; every instance holds them all in memory,
 * loaded at the start and fed by the feed. Without a feed they come with the user's state.
 *
 * NOTE: what is taken off the roll by hand in the database is not noted, and lives on until it expires.
 */
export function denylist({ standing }: { standing: () => Standing }): Strategy {
  const { isClear } = standing();
  return {
    name: "denylist",
    capabilities: ["ONE_SESSION", "OTHER_SESSIONS", "ALL_SESSIONS", "BY_TIME", "EVERYTHING"],
    fields: ["endedTokens"],
    keepsEndedTokens: true,
    unread: ({ claims }) => (isClear(claims) ? "admit" : null),
    judge: (state, { claims }, session) =>
      state.own.endedTokens?.some(({ jti }) => jti === claims.jti) ? outdated(state, claims.sid, session) : null,
  };
}
