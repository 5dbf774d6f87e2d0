import type { GraphQLFieldResolver, GraphQLResolveInfo, GraphQLTypeResolver } from "graphql";
import { type MaybePromise, whenHere } from "../../maybe-promise.js";
import type { Principal } from "../../principal.js";
import { rulesGiven } from "./given.js";
import type { GuardedInputs } from "./guarded-inputs.js";
import { judge } from "./judge.js";
import { orderRules, type Question, type Rule } from "./rules.js";
import { isTokenIgnoredIn } from "./token-ignored.js";

/** Says who a request is; null: anonymous. `needsUser`: its roles and scopes are about to be asked for. */
export type Authorize<Context = unknown> = (
  context: Context,
  info: GraphQLResolveInfo,
  needsUser: boolean,
) => MaybePromise<Principal | null>;

/** What a field asks; made when the schema is built. */
export type FieldPlan = {
  rules: readonly Rule[];
  /** Which of its arguments lead to more rules. */
  inputs: GuardedInputs;
  /** Whether `authorize` is called even where no rule asks for it, so that a dead token is refused everywhere. */
  isRoot: boolean;
  /** Whether it returns an interface or union, some of whose types have rules of their own. */
  hasGuardedTypes: boolean;
};

/** Wraps resolvers so that rules hold before they run. Stays synchronous where `authorize` and the policies do. */
export function createGuard<Context>(authorize: Authorize<Context>) {
  const check = (rules: readonly Rule[], question: Question<Context>): MaybePromise<void> => {
    const { context, info } = question;
    const needsUser = rules.some((rule) => rule.needsUser);
    const principal = isTokenIgnoredIn(info) ? null : authorize(context, info, needsUser);
    return whenHere(principal, (known) => judge(rules, known, question));
  };
  // graphql hands the same `info` to a field's resolver and to the type resolver of what it returns.
  const questions = new WeakMap<GraphQLResolveInfo, Question<Context>>();

  const guardField = (
    resolve: GraphQLFieldResolver<unknown, Context>,
    { rules, inputs, isRoot, hasGuardedTypes }: FieldPlan,
  ): GraphQLFieldResolver<unknown, Context> => {
    const always = orderRules(rules);
    return (source, args, context, info) => {
      const given = inputs.size === 0 ? [] : rulesGiven(inputs, info);
      const asked = given.length === 0 ? always : orderRules([...always, ...given]);
      const question = { context, source, args, info };
      if (hasGuardedTypes) questions.set(info, question);
      if (asked.length === 0 && !isRoot) return resolve(source, args, context, info);
      return whenHere(check(asked, question), () => resolve(source, args, context, info));
    };
  };

  /** Asks what a value's own type asks, once it is known which it is: the same question as of a field that returns that type. */
  const guardType = (
    resolveType: GraphQLTypeResolver<unknown, Context>,
    rulesByType: ReadonlyMap<string, readonly Rule[]>,
  ): GraphQLTypeResolver<unknown, Context> => {
    const always = new Map([...rulesByType].map(([name, rules]) => [name, orderRules(rules)]));
    return (value, context, info, abstractType) =>
      whenHere(resolveType(value, context, info, abstractType), (name) => {
        const rules = name === undefined ? undefined : always.get(name);
        if (rules === undefined) return name;
        const question = questions.get(info) ?? { context, source: value, args: {}, info };
        return whenHere(check(rules, question), () => name);
      });
  };

  return { guardField, guardType };
}
