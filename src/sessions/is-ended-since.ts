import type { SystemState } from "../store/system.js";
import type { SessionElement, UserDocument } from "../store/user.model.js";

/** Whether everything was ended since the session began, or what was issued when its newest token was. */
export function isEndedSince(
  { sys = 0, jtis }: Pick<SessionElement, "sys" | "jtis">,
  { tokensValidAfter }: Pick<UserDocument, "tokensValidAfter">,
  { counter, tokensValidAfterMs }: Pick<SystemState, "counter" | "tokensValidAfterMs">,
): boolean {
  const issuedAtMs = jtis.at(-1)?.issuedAt.getTime() ?? 0;
  return sys < counter || issuedAtMs < Math.max(tokensValidAfterMs, tokensValidAfter?.getTime() ?? 0);
}
