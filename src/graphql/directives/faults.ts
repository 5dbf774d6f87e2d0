import { type GraphQLSchema, getNamedType } from "graphql";
import { type Element, elementsOf, rootTypesOf } from "./elements.js";
import { guardedInputsIn } from "./given.js";
import type { GuardedInputsOf } from "./guarded-inputs.js";
import { findMeantDirective } from "./misspelt.js";
import type { Rulebook } from "./rulebook.js";

type Built = {
  schema: GraphQLSchema;
  rulebook: Rulebook;
  inputs: GuardedInputsOf;
  /** Root fields that need no directive: `_service` or `Query._service`. */
  unmarked: readonly string[];
};

/** What is wrong with a schema's directives, one line each, by name: what cannot be meant, and what could not be kept. */
export function findFaults(built: Built): string[] {
  const elements = [...elementsOf(built.schema)];
  return [
    ...built.rulebook.faults,
    ...elements.flatMap((each) => [
      ...faultsOfPlace(each, built),
      ...faultsOfField(each, built),
      ...faultsOfDefault(each, built),
    ]),
  ];
}

function* faultsOfPlace({ at, kind, element }: Element, { schema, rulebook }: Built): Generator<string> {
  const mark = rulebook.markOf(element);
  if (kind === "elsewhere" && mark.ours.length > 0) yield `${at}: @${mark.ours[0]} does not work here`;
  for (const name of mark.others) {
    const meant = schema.getDirective(name) ? undefined : findMeantDirective(name);
    if (meant !== undefined) yield `${at}: @${name} is not defined: perhaps @${meant} is meant`;
  }
}

function* faultsOfField(each: Element, { schema, rulebook, unmarked }: Built): Generator<string> {
  const { at, kind, element } = each;
  const mark = rulebook.markOf(element);
  const marks = kind === "field" ? rulebook.marksOfField(each.type, each.element.name) : [mark];
  const isRoot = kind === "field" && rootTypesOf(schema).includes(each.type);

  const isExempt = kind === "field" && (unmarked.includes(each.element.name) || unmarked.includes(at));
  if (isRoot && !isExempt && marks.every(({ ours }) => ours.length === 0)) {
    yield `${at}: a root field needs a directive (@public if it is for everyone)`;
  }
  const rule = marks.flatMap(({ rules }) => rules)[0];
  if (mark.ours.includes("public") && rule) yield `${at}: @public lifts no rule, and @${rule.name} holds here`;
  if (mark.ignoresToken && !isRoot) yield `${at}: only a root field can ignore the token`;
}

function* faultsOfDefault(each: Element, { rulebook, inputs }: Built): Generator<string> {
  if (each.kind !== "argument" && each.kind !== "input-field") return;
  const { at, element } = each;
  if (element.defaultValue === undefined) return;
  const rules =
    each.kind === "argument"
      ? rulebook.rulesOfArgument(each.type, each.field.name, element.name)
      : rulebook.markOf(element).rules;
  // graphql fills defaults in before anyone can tell whether the request gave the value.
  if (rules.length > 0) yield `${at}: what @${rules[0]?.name} guards can have no default`;
  const below = inputs.ofType(getNamedType(element.type).name);
  for (const input of guardedInputsIn(below, element.defaultValue)) {
    yield `${at}: its default gives ${input.at}, which @${input.rules[0]?.name} guards`;
  }
}
