import { outdated } from "./guards.js";
import type { Strategy } from "./strategy.js";

/** A number on the user, in the claim `ver`: moved on, it ends all tokens of the user, and can end nothing less. */
export const tokenVersion = (): Strategy => ({
  name: "token-version",
  capabilities: ["ALL_SESSIONS", "BY_TIME", "EVERYTHING"],
  fields: ["tokenVersion"],
  ownClaims: ({ tokenVersion = 0 }) => ({ ver: tokenVersion }),
  parseOwn: ({ ver }) => (Number.isSafeInteger(ver) && (ver as number) >= 0 ? { ver: ver as number } : null),
  judge: (state, { claims }, session) =>
    claims.ver === (state.own.tokenVersion ?? 0) ? null : outdated(state, claims.sid, session),
  endsAll: () => ({ tokenVersion: { $add: [{ $ifNull: ["$tokenVersion", 0] }, 1] } }),
});
