import type { AuthState, SessionState } from "../auth-state/auth-state.js";
import type { SystemState } from "../store/system.js";
import type { AccessClaims } from "../tokens/claims.js";
import type { Refusal } from "./strategy.js";

/** Why a session that is not on the roll ended, where that is still known. */
export function revoked(state: AuthState, sid: string): Refusal {
  const entry = (of: string) => state.ended.find(({ id }) => id === of);
  return { refused: "SESSION_REVOKED", endReason: (entry(sid) ?? entry("all"))?.reason };
}

/** A token that is too old: its session may live, and then has a newer one. */
export const outdated = (state: AuthState, sid: string, session: SessionState | undefined): Refusal =>
  session ? { refused: "TOKEN_SUPERSEDED" } : revoked(state, sid);

/**
 * The rules beside the strategy, in their order: the subject is the user's current one, the user is enabled, everything was not ended since, nor
 * the tokens of that time, and the session was not idle too long. Null: nothing against it.
 *
 * @param nowMs milliseconds since the epoch
 * @param ofSession the session is judged, and not the token that it was shown with: on the roll it has outlived its user's date
 */
export function judgeByGuards(
  state: AuthState,
  { sub, sid, ims, sys }: AccessClaims,
  session: SessionState | undefined,
  { nowMs, idleSeconds, ofSession }: { nowMs: number; idleSeconds: number; ofSession: boolean },
): Refusal | null {
  if (sub !== state.subject) return revoked(state, sid);
  if (!state.enabled)
    return { refused: "USER_DISABLED", endReason: session ? undefined : revoked(state, sid).endReason };
  if (sys < state.system.counter || (session && isEndedForEverybody(session, state.system)))
    return { refused: "SESSION_REVOKED", endReason: "EVERYTHING_ENDED" };
  const dateMs = ofSession && session ? 0 : Math.max(state.system.tokensValidAfterMs, state.tokensValidAfterMs);
  if (ims < dateMs) return outdated(state, sid, session);
  if (session && hasRunOut(session, nowMs, idleSeconds)) return { refused: "SESSION_EXPIRED" };
  return null;
}

/** Whether everything was ended since the session began, or since its newest token was issued. */
export const isEndedForEverybody = ({ sys, issuedAtMs }: SessionState, { counter, tokensValidAfterMs }: SystemState) =>
  sys < counter || issuedAtMs < tokensValidAfterMs;

function hasRunOut({ expiresAtMs, lastUsedAtMs }: SessionState, nowMs: number, idleSeconds: number): boolean {
  return expiresAtMs <= nowMs || lastUsedAtMs + idleSeconds * 1_000 <= nowMs;
}
