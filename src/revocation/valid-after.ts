import type { Strategy } from "./strategy.js";

/**
 * A date on the user: tokens issued before it are refused. The claim `ims` and the date both come from the database's clock in the write itself,
 * and each write looks at the other's, so that two in one millisecond are ordered all the same. That older tokens are refused is a guard's
 * work, as under every strategy; here it is all there is.
 */
export const validAfter = (): Strategy => ({
  name: "valid-after",
  capabilities: ["ALL_SESSIONS", "BY_TIME", "EVERYTHING"],
  judge: () => null,
  endsAll: ({ nextValidAfter }) => ({ tokensValidAfter: nextValidAfter() }),
});
