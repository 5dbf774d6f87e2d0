import type { GraphQLResolveInfo } from "graphql";
import type { Reason } from "../../errors.js";
import type { MaybePromise } from "../../maybe-promise.js";
import type { Principal } from "../../principal.js";
import { type DirectiveName, directiveNames } from "./definitions.js";
import { holdsForAGroup, parseGroups } from "./groups.js";
import { coerceArgs, type DirectiveUse } from "./read.js";

/** What is about to be resolved: the field of `info`, with its source and its arguments. */
export type Question<Context = unknown> = {
  context: Context;
  source: unknown;
  args: Record<string, unknown>;
  info: GraphQLResolveInfo;
};

/** A function that decides for `@policy`. Only `true` lets through; what it throws refuses as well. */
export type Policy<Context = unknown> = (
  question: Question<Context> & { principal: Principal; policy: string },
) => MaybePromise<boolean>;

/** The functions that `@policy` names. */
export type Policies<Context = unknown> = Record<string, Policy<Context>>;

/** What one directive asks of a principal. There is one object for each distinct rule of a schema, so equal rules are the same. */
export type Rule = {
  name: DirectiveName;
  /** Whether the user must have been looked at: a token alone does not say what somebody may do. */
  needsUser: boolean;
  /** Why whom it does not hold for is refused. */
  reason: Reason;
  holds(principal: Principal, question: Question): MaybePromise<boolean>;
};

/**
 * A function from a directive to its rule; null for `@public`, which asks nothing. The function throws a TypeError for what
 * cannot be meant: a mistyped argument, an unknown policy, an empty list, a time below one second.
 */
export function createRuleOf<Context>(
  policies: Policies<Context>,
  now: () => number,
): (use: DirectiveUse) => Rule | null {
  const known = new Map(Object.entries(policies as Policies));
  const rules = new Map<string, Rule | null>();
  return (use) => {
    const args = coerceArgs(use);
    const key = JSON.stringify([use.name, args]);
    const rule = rules.get(key) ?? makeRule(use.name, args, known, now);
    rules.set(key, rule);
    return rule;
  };
}

/** Each rule once, in the order in which they are asked. */
export function orderRules(rules: Iterable<Rule>): Rule[] {
  return [...new Set(rules)].sort((a, b) => directiveNames.indexOf(a.name) - directiveNames.indexOf(b.name));
}

function makeRule(
  name: DirectiveName,
  args: Record<string, unknown>,
  policies: ReadonlyMap<string, Policy>,
  now: () => number,
): Rule | null {
  switch (name) {
    case "public":
      return null;
    case "authenticated":
      return { name, needsUser: false, reason: "TOKEN_MISSING", holds: () => true };
    case "requiresRole": {
      const [roles = []] = parseGroups(name, [args.roles as string[]]);
      return {
        name,
        needsUser: true,
        reason: "ROLE_MISSING",
        holds: (principal) => roles.some((role) => principal.roles.includes(role)),
      };
    }
    case "requiresScopes": {
      const groups = parseGroups(name, args.scopes as string[][]);
      const holds: Rule["holds"] = ({ scopes }) => holdsForAGroup(groups, (scope) => scopes.includes(scope));
      return { name, needsUser: true, reason: "SCOPE_MISSING", holds };
    }
    case "policy": {
      const groups = parseGroups(name, args.policies as string[][]);
      const unknown = groups.flat().filter((policy) => !policies.has(policy));
      if (unknown.length > 0) throw new TypeError(`@policy names no known policy: ${unknown.join(", ")}`);
      const holds: Rule["holds"] = (principal, question) =>
        holdsForAGroup(groups, (policy) => policies.get(policy)?.({ ...question, principal, policy }) ?? false);
      return { name, needsUser: true, reason: "POLICY_DENIED", holds };
    }
    case "freshAuth": {
      const withinMs = (args.withinSeconds as number) * 1000;
      if (withinMs <= 0) throw new TypeError("@freshAuth(withinSeconds:) must be 1 or more");
      // Asked this way round, a date that is none (NaN) refuses.
      return {
        name,
        needsUser: false,
        reason: "REAUTHENTICATION_REQUIRED",
        holds: ({ authTime }) => now() - authTime.getTime() <= withinMs,
      };
    }
  }
}
