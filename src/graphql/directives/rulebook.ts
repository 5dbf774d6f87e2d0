import { type GraphQLNamedType, type GraphQLSchema, isAbstractType, isInterfaceType, isObjectType } from "graphql";
import type { DirectiveName } from "./definitions.js";
import { elementsOf, type OutputType } from "./elements.js";
import { type Directable, type DirectiveUse, readDirectives, saysIgnoreToken } from "./read.js";
import type { Rule } from "./rules.js";

/** What the directives on one element say: ours by name, the names of others, whether it ignores the token, and its rules. */
export type Mark = { ours: DirectiveName[]; others: string[]; ignoresToken: boolean; rules: Rule[] };

/** Which rules hold where. Made once, when the schema is built; nothing is looked up in it while a request runs. */
export type Rulebook = {
  /** What could not be read, one line each, by name. */
  faults: string[];
  markOf(element: Directable): Mark;
  /** All that stands on a field: its own, that of the interfaces' field, of its type, and of the interfaces of that. */
  marksOfField(type: OutputType, field: string): Mark[];
  /** What holds for an argument: its own rules and those of the same argument of the interfaces' field. */
  rulesOfArgument(type: OutputType, field: string, argument: string): Rule[];
  /** What holds where a field returns this type: its rules and those of the interfaces it implements. */
  rulesOfType(type: GraphQLNamedType): Rule[];
  /** What the types that an interface or union may turn out to be ask beyond what it asks itself, by the name of the type. */
  rulesByConcreteType(type: GraphQLNamedType): ReadonlyMap<string, Rule[]>;
};

/** Reads every directive of a schema, once. */
export function createRulebook(schema: GraphQLSchema, ruleOf: (use: DirectiveUse) => Rule | null): Rulebook {
  const faults: string[] = [];
  const marks = new Map<Directable, Mark>();
  for (const { at, element } of elementsOf(schema)) {
    const { uses, others } = readDirectives(element);
    const attempt = <T>(read: () => T): T[] => {
      try {
        return [read()];
      } catch (error) {
        faults.push(`${at}: ${(error as Error).message}`);
        return [];
      }
    };
    marks.set(element, {
      ours: uses.map(({ name }) => name),
      others,
      ignoresToken: attempt(() => saysIgnoreToken(uses)).includes(true),
      rules: uses.flatMap((use) => attempt(() => ruleOf(use))).filter((rule) => rule !== null),
    });
  }

  const markOf = (element: Directable): Mark => marks.get(element) ?? unmarked;
  const rulesOf = (elements: readonly Directable[]): Rule[] => elements.flatMap((element) => markOf(element).rules);
  const rulesOfType = (type: GraphQLNamedType): Rule[] =>
    isObjectType(type) || isInterfaceType(type) ? rulesOf(lineage(type)) : [];

  return {
    faults,
    markOf,
    rulesOfType,
    marksOfField: (type, field) => [...sameField(type, field), ...lineage(type)].map(markOf),
    rulesOfArgument: (type, field, argument) =>
      rulesOf(sameField(type, field).flatMap(({ args }) => args.filter(({ name }) => name === argument))),
    rulesByConcreteType: (type) => {
      const asked = rulesOfType(type);
      const concrete = isAbstractType(type) ? schema.getPossibleTypes(type) : [];
      const extra = concrete.map((each): [string, Rule[]] => [
        each.name,
        rulesOfType(each).filter((rule) => !asked.includes(rule)),
      ]);
      return new Map(extra.filter(([, rules]) => rules.length > 0));
    },
  };
}

const unmarked: Mark = { ours: [], others: [], ignoresToken: false, rules: [] };

/** A type and all the interfaces it implements. */
function lineage(type: OutputType): OutputType[] {
  return [type, ...type.getInterfaces()];
}

/** A field, and the field of this name in each interface that its type implements. */
function sameField(type: OutputType, name: string) {
  return lineage(type).flatMap((each) => each.getFields()[name] ?? []);
}
