import type { Parts } from "../parts.js";
import type { Expression } from "../sessions/roll.js";
import type { Write } from "../sessions/write.js";

/** The change of a user's roles or scopes, with what it ends by the deployment's setting. */
export function endingOfRoleChange(
  { rules, roll }: Pick<Parts, "rules" | "roll">,
  set: Record<string, Expression>,
): Required<Pick<Write, "set" | "endsAll">> & Pick<Write, "sessions" | "reason"> {
  if (rules.endOnRoleChange === "none") return { set, endsAll: false };
  return { set: { ...set, epoch: roll.nextEpoch }, endsAll: true, sessions: roll.empty(), reason: "ROLES_CHANGED" };
}
