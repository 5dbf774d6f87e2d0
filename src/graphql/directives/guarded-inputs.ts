import { type GraphQLSchema, getNamedType, isInputObjectType } from "graphql";
import type { OutputField, OutputType } from "./elements.js";
import type { Rulebook } from "./rulebook.js";
import type { Rule } from "./rules.js";

/** An argument or an input field that has rules of its own, or a type in which guarded input fields can be reached. */
export type GuardedInput = {
  at: string;
  rules: readonly Rule[];
  /** The guarded fields of its type; empty where its type has none. */
  below: GuardedInputs;
};

/** By the name of the argument or input field. */
export type GuardedInputs = ReadonlyMap<string, GuardedInput>;

/** Where in a schema an argument or input field leads to a rule; all else is passed over while a request runs. */
export type GuardedInputsOf = {
  ofArguments(type: OutputType, field: OutputField): GuardedInputs;
  /** `name` is the name of any type; empty where it is not an input object type. */
  ofType(name: string): GuardedInputs;
};

export function findGuardedInputs(schema: GraphQLSchema, rulebook: Rulebook): GuardedInputsOf {
  const types = Object.values(schema.getTypeMap()).filter(isInputObjectType);
  const guarded = new Map(types.map((type) => [type.name, new Map<string, GuardedInput>()]));
  const ofType = (name: string): GuardedInputs => guarded.get(name) ?? none;

  // Input types may contain each other: what leads to a rule is found by going round until nothing is added.
  for (let before = -1, count = 0; count !== before; ) {
    before = count;
    count = 0;
    for (const type of types) {
      const found = guarded.get(type.name);
      for (const field of Object.values(type.getFields())) {
        const rules = rulebook.markOf(field).rules;
        const below = ofType(getNamedType(field.type).name);
        if (rules.length + below.size > 0) found?.set(field.name, { at: `${type.name}.${field.name}`, rules, below });
      }
      count += found?.size ?? 0;
    }
  }

  return {
    ofType,
    ofArguments: (type, field) => {
      const inputs = field.args.map((argument): [string, GuardedInput] => {
        const rules = rulebook.rulesOfArgument(type, field.name, argument.name);
        const at = `${type.name}.${field.name}(${argument.name}:)`;
        return [argument.name, { at, rules, below: ofType(getNamedType(argument.type).name) }];
      });
      return new Map(inputs.filter(([, { rules, below }]) => rules.length + below.size > 0));
    },
  };
}

const none: GuardedInputs = new Map();
