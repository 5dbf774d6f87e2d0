import type { AuthState, SessionState } from "../auth-state/auth-state.js";
import type { Reason } from "../errors.js";

/** What a strategy says of a token: the session that it speaks for, or why it is refused and, where it is known, why that ended. */
export type Judgement = { session: SessionState } | Refusal;

export type Refusal = { refused: Reason; endReason?: string | undefined };

/**
 * The roll: a token is good while the session `sid` of its user carries its `jti`, is not past its end, and was not idle too long.
 *
 * @param jti left out, any token that was good for this session will do
 * @param nowMs milliseconds since the epoch
 */
export function judgeBySessionList(
  state: AuthState,
  { sid, jti }: { sid: string; jti?: string | undefined },
  { nowMs, idleSeconds }: { nowMs: number; idleSeconds: number },
): Judgement {
  const session = state.sessions.find(({ id }) => id === sid);
  if (!session) {
    const entry = (of: string) => state.ended.find(({ id }) => id === of);
    return { refused: "SESSION_REVOKED", endReason: (entry(sid) ?? entry("all"))?.reason };
  }
  const { expiresAtMs, lastUsedAtMs } = session;
  if (expiresAtMs <= nowMs || lastUsedAtMs + idleSeconds * 1_000 <= nowMs) return { refused: "SESSION_EXPIRED" };
  if (jti !== undefined && !session.jtis.includes(jti)) return { refused: "TOKEN_SUPERSEDED" };
  return { session };
}
