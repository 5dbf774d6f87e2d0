import type { Standing } from "../standing/standing.js";
import type { KeptTokens } from "./kept-tokens.js";
import { sessionList } from "./session-list.js";
import type { Strategy } from "./strategy.js";

/**
 * Tokens that say nothing, or JWTs on an allow-list: a record in a store, read at each request, makes one good. The write that takes a
 * token off the roll notes it on the user, and its record is deleted before the mutation returns. Guards stand in memory, by the feed;
 * without a feed the user's state is asked as well.
 *
 * NOTE: a session that is taken off the roll by hand in the database leaves its records; its tokens live on until they expire.
 */
export function opaque({ standing, kept }: { standing: () => Standing; kept: () => KeptTokens }): Strategy {
  const { isClear } = standing();
  const tokens = kept();
  return {
    name: "opaque",
    capabilities: ["ONE_SESSION", "OTHER_SESSIONS", "ALL_SESSIONS", "BY_TIME", "EVERYTHING"],
    keepsEndedTokens: true,
    kept: tokens,
    // that its record is there was found when the token was read
    unread: ({ claims }) => (isClear(claims) ? "admit" : null),
    judge: sessionList().judge,
    publishesForAll: true,
    publishEnded: (_, ended) => tokens.end(ended.map(({ jti }) => jti)),
  };
}
