import type { SessionElement } from "../store/user.model.js";
import type { SessionRules } from "./rules.js";

/** Whether a session is past its end, or was not used for too long; `nowMs` is in milliseconds since the epoch. */
export function hasRunOut(
  { expiresAt, lastUsedAt }: Pick<SessionElement, "expiresAt" | "lastUsedAt">,
  { sessionIdleSeconds }: Pick<SessionRules, "sessionIdleSeconds">,
  nowMs: number,
): boolean {
  return expiresAt.getTime() <= nowMs || lastUsedAt.getTime() + sessionIdleSeconds * 1_000 <= nowMs;
}
