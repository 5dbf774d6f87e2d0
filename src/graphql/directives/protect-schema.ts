import { MapperKind, mapSchema } from "@graphql-tools/utils";
import {
  defaultFieldResolver,
  defaultTypeResolver,
  type GraphQLAbstractType,
  type GraphQLFieldConfig,
  type GraphQLFieldResolver,
  GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLUnionType,
  getNamedType,
} from "graphql";
import { type OutputField, rootTypesOf } from "./elements.js";
import { findFaults } from "./faults.js";
import { type Authorize, createGuard } from "./guard.js";
import { findGuardedInputs } from "./guarded-inputs.js";
import { createRulebook } from "./rulebook.js";
import { createRuleOf, type Policies } from "./rules.js";

export type ProtectOptions<Context> = {
  /**
   * Says who a request is; null: anonymous. Throws a MusterError for a refused token and where nothing can be known. Asked by every
   * root field (unless the operation ignores the token) and every guarded one, so it should remember its answer for the request;
   * a subscription asks when it begins and again for each event, which has an `info.variableValues` of its own.
   */
  authorize: Authorize<Context>;
  /** The functions that `@policy` names. */
  policies?: Policies<Context>;
  /** Root fields that need no directive, such as federation's: `["_service", "_entities"]`. The token is looked at all the same. */
  unmarked?: readonly string[];
  /** Milliseconds since the epoch, for `@freshAuth`. */
  now?: () => number;
  /** What resolves a guarded field that has no resolver: the `fieldResolver` that the server executes with, if it has its own. */
  fieldResolver?: GraphQLFieldResolver<unknown, Context>;
};

/**
 * A copy of a schema, whichever way it was made, in which the directives hold: on every path to a field, for every event of a
 * subscription, before anything is resolved. What applies, applies together: the rules of the field, of the interfaces' field,
 * of its type, of the type it returns (for an interface or union also of the type its value turns out to be), and of the
 * arguments and input fields that the request gives. Refusals are thrown as MusterErrors from the field's resolver.
 *
 * Throws a TypeError that names every fault of the schema: a root field without a directive, an unknown policy, …
 */
export function protectSchema<Context = unknown>(
  schema: GraphQLSchema,
  options: ProtectOptions<Context>,
): GraphQLSchema {
  const { authorize, policies = {}, unmarked = [], now = Date.now, fieldResolver = defaultFieldResolver } = options;
  const rulebook = createRulebook(schema, createRuleOf(policies, now));
  const inputs = findGuardedInputs(schema, rulebook);
  const faults = findFaults({ schema, rulebook, inputs, unmarked });
  if (faults.length > 0) throw new TypeError(`The schema cannot be protected:\n${faults.join("\n")}`);

  const { guardField, guardType } = createGuard(authorize);
  const guardAbstract = (type: GraphQLAbstractType) => {
    // mapSchema hands out copies of types; the rulebook knows those of the schema itself.
    const rulesByType = rulebook.rulesByConcreteType(schema.getType(type.name) as GraphQLAbstractType);
    return rulesByType.size === 0 ? null : guardType(type.resolveType ?? defaultTypeResolver, rulesByType);
  };
  return mapSchema(schema, {
    [MapperKind.OBJECT_FIELD]: (config: GraphQLFieldConfig<unknown, Context>, name, typeName) => {
      const type = schema.getType(typeName) as GraphQLObjectType;
      const field = type.getFields()[name] as OutputField;
      const returned = getNamedType(field.type);
      const plan = {
        rules: [...rulebook.marksOfField(type, name).flatMap(({ rules }) => rules), ...rulebook.rulesOfType(returned)],
        inputs: inputs.ofArguments(type, field),
        isRoot: rootTypesOf(schema).includes(type),
        hasGuardedTypes: rulebook.rulesByConcreteType(returned).size > 0,
      };
      if (!plan.isRoot && !plan.hasGuardedTypes && plan.rules.length + plan.inputs.size === 0) return undefined;
      const resolve = guardField(config.resolve ?? fieldResolver, plan);
      if (type !== schema.getSubscriptionType()) return { ...config, resolve };
      return { ...config, resolve, subscribe: guardField(config.subscribe ?? defaultFieldResolver, plan) };
    },
    // NOTE: an abstract type without a `resolveType` gets graphql's default, not a `typeResolver` given to `execute`.
    [MapperKind.INTERFACE_TYPE]: (type) => {
      const resolveType = guardAbstract(type);
      return resolveType === null ? type : new GraphQLInterfaceType({ ...type.toConfig(), resolveType });
    },
    [MapperKind.UNION_TYPE]: (type) => {
      const resolveType = guardAbstract(type);
      return resolveType === null ? type : new GraphQLUnionType({ ...type.toConfig(), resolveType });
    },
  });
}
