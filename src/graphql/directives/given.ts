import { type ArgumentNode, type GraphQLResolveInfo, Kind, type ObjectFieldNode, type ValueNode } from "graphql";
import type { GuardedInput, GuardedInputs } from "./guarded-inputs.js";
import type { Rule } from "./rules.js";

type Variables = GraphQLResolveInfo["variableValues"];
type Found = Set<GuardedInput>;

/**
 * The rules of those arguments and input fields that the request gives for this field: written out or in a variable, null too.
 * Read from the document and not from the resolver's arguments, into which graphql has filled the defaults.
 * NOTE: all nodes of a field have the same arguments (validation sees to it) and graphql executes those of the first.
 */
export function rulesGiven(inputs: GuardedInputs, info: GraphQLResolveInfo): Rule[] {
  const found: Found = new Set();
  collectFromEntries(inputs, info.fieldNodes[0]?.arguments ?? [], info.variableValues, found);
  return [...found].flatMap(({ rules }) => rules);
}

/** The guarded input fields, with rules of their own, inside a value that graphql has already coerced. */
export function guardedInputsIn(inputs: GuardedInputs, value: unknown): GuardedInput[] {
  const found: Found = new Set();
  collectFromValue(inputs, value, found);
  return [...found].filter(({ rules }) => rules.length > 0);
}

function collectFromEntries(
  inputs: GuardedInputs,
  entries: readonly (ArgumentNode | ObjectFieldNode)[],
  variables: Variables,
  found: Found,
): void {
  for (const { name, value } of entries) {
    const input = inputs.get(name.value);
    if (input === undefined || isLeftOut(value, variables)) continue;
    found.add(input);
    collectFromNode(input.below, value, variables, found);
  }
}

function collectFromNode(inputs: GuardedInputs, node: ValueNode, variables: Variables, found: Found): void {
  if (inputs.size === 0) return;
  if (node.kind === Kind.OBJECT) collectFromEntries(inputs, node.fields, variables, found);
  else if (node.kind === Kind.LIST) for (const item of node.values) collectFromNode(inputs, item, variables, found);
  else if (node.kind === Kind.VARIABLE) collectFromValue(inputs, variables[node.name.value], found);
}

function collectFromValue(inputs: GuardedInputs, value: unknown, found: Found): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) collectFromValue(inputs, item, found);
    return;
  }
  for (const [name, input] of inputs) {
    if (!Object.hasOwn(value, name)) continue;
    found.add(input);
    collectFromValue(input.below, (value as Record<string, unknown>)[name], found);
  }
}

/** A variable that the request does not set is as if the argument or input field were not written. */
function isLeftOut(node: ValueNode, variables: Variables): boolean {
  return node.kind === Kind.VARIABLE && !Object.hasOwn(variables, node.name.value);
}
