import { MusterError } from "../../errors.js";
import { isPromise, type MaybePromise } from "../../maybe-promise.js";
import type { Principal } from "../../principal.js";
import type { Question, Rule } from "./rules.js";

/**
 * Holds a principal (null: anonymous) against rules, in their order. Throws a MusterError with the reason of the first that does
 * not hold, TOKEN_MISSING where nobody is signed in; returns at once unless a policy answers with a promise.
 */
export function judge(
  rules: readonly Rule[],
  principal: Principal | null,
  question: Question,
  start = 0,
): MaybePromise<void> {
  for (let index = start; index < rules.length; index++) {
    if (!principal) throw new MusterError("TOKEN_MISSING");
    const rule = rules[index] as Rule;
    const holds = rule.holds(principal, question);
    if (isPromise(holds)) {
      return holds.then((held) => {
        if (!held) throw new MusterError(rule.reason);
        return judge(rules, principal, question, index + 1);
      });
    }
    if (!holds) throw new MusterError(rule.reason);
  }
}
