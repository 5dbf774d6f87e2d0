import type { Standing } from "../standing/standing.js";
import type { FilledDenylist } from "../store/filled-denylist.js";
import { outdated } from "./guards.js";
import type { Strategy } from "./strategy.js";

/**
 * Tokens that ended before they expire. The write that takes one off the roll notes it on the user; every instance holds them all in memory,
 * loaded at the start and fed by the feed. Without a feed they come with the user's state.
 *
 * With a list in Redis that is asked about each token too, and written before the mutation returns; what it does not know for certain is
 * *unknown*. The guards stay in memory, and without a feed the user's state is asked as well.
 *
 * NOTE: what is taken off the roll by hand in the database is not noted, and lives on until it expires.
 */
export function denylist(parts: { standing: () => Standing; denylist: () => FilledDenylist | null }): Strategy {
  const { isClear } = parts.standing();
  const list = parts.denylist();
  return {
    name: "denylist",
    capabilities: ["ONE_SESSION", "OTHER_SESSIONS", "ALL_SESSIONS", "BY_TIME", "EVERYTHING"],
    fields: ["endedTokens"],
    keepsEndedTokens: true,
    unread: ({ claims }) => (isClear(claims) ? "admit" : null),
    judge: (state, { claims }, session) =>
      state.own.endedTokens?.some(({ jti }) => jti === claims.jti) ? outdated(state, claims.sid, session) : null,
    ...(list && {
      async unread({ claims }) {
        if (await list.isDenied(claims.jti)) return "ended";
        return isClear(claims) ? "admit" : null;
      },
      publishesForAll: true,
      publishEnded: (_, ended) => list.deny(ended),
    }),
  };
}
