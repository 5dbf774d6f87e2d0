import type { Standing } from "../standing/standing.js";
import type { Strategy } from "./strategy.js";

/**
 * The dates of `valid-after`, held in memory by every instance for as long as a token lives: loaded at the start and fed by the feed. The
 * database is touched where a date changes, and else not at all; without a feed the date comes with the user's state.
 */
export function revokedBefore({ standing }: { standing: () => Standing }): Strategy {
  const { isClear } = standing();
  return {
    name: "revoked-before",
    capabilities: ["ALL_SESSIONS", "BY_TIME", "EVERYTHING"],
    unread: ({ claims }) => (isClear(claims) ? "admit" : null),
    judge: () => null,
    endsAll: ({ nextValidAfter }) => ({ tokensValidAfter: nextValidAfter() }),
  };
}
