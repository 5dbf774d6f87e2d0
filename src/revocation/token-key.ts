import { literal } from "../sessions/roll.js";
import { idPattern, newId } from "../tokens/claims.js";
import { outdated } from "./guards.js";
import type { Strategy } from "./strategy.js";

/** A random string on the user, in the claim `key`: replaced, it ends all tokens of the user. Empty until it is first replaced. */
export const tokenKey = (): Strategy => ({
  name: "token-key",
  capabilities: ["ALL_SESSIONS", "BY_TIME", "EVERYTHING"],
  fields: ["tokenKey"],
  ownClaims: ({ tokenKey = "" }) => ({ key: tokenKey }),
  parseOwn: ({ key }) => (typeof key === "string" && (key === "" || idPattern.test(key)) ? { key } : null),
  judge: (state, { claims }, session) =>
    claims.key === (state.own.tokenKey ?? "") ? null : outdated(state, claims.sid, session),
  endsAll: () => ({ tokenKey: literal(newId()) }),
});
