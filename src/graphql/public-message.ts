import {
  type GraphQLArgument,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from "graphql";

/** Says what is wrong with a document or a value in words that hold nothing of what was submitted. */
export type PublicMessage = {
  syntax(message: string): string;
  validation(message: string): string;
  input(message: string): string;
};

type Template = [pattern: RegExp, say: (...names: string[]) => string];

const type = String.raw`"([\w![\]]+)"`;
const field = String.raw`"(\w+(?:\.\w+)?)"`;

/** What a value may be wrong in: the tail of graphql-js's messages, for literals and for variables. */
const ofValues: Template[] = [
  [
    RegExp(`Field ${field} of required type ${type} was not provided\\.$`),
    (f, t) => `the field "${f}" of type "${t}" is missing`,
  ],
  [RegExp(`is not defined by type ${type}\\.(?: Did you mean .*)?$`, "s"), (t) => `the type "${t}" has no such field`],
  [RegExp(`Expected non-nullable type ${type} not to be null\\.$`), (t) => `a value of type "${t}" must not be null`],
  [RegExp(`Expected type ${type} to be an object\\.$`), (t) => `an object of type "${t}" is expected`],
  [
    RegExp(`(?:of required|of non-null) type ${type} (?:was not provided|must not be null)\\.$`),
    (t) => `a value of type "${t}" is required`,
  ],
  [RegExp(`^Expected value of type ${type}, found `), (t) => `a value of type "${t}" is expected`],
  [RegExp(`Expected type ${type}\\.`), (t) => `a value of type "${t}" is expected`],
  [RegExp(`does not exist in ${type} enum\\.`), (t) => `a value of the enum "${t}" is expected`],
  [/Enum "(\w+)" cannot represent /, (t) => `a value of the enum "${t}" is expected`],
  [/(?:^|; )(\w+) cannot represent /, (t) => `a value of type "${t}" is expected`],
  [RegExp(`(?:OneOf type|OneOf Input Object) ${type}`), (t) => `exactly one field of "${t}" must be given`],
  [RegExp(`Field ${field} must be non-null\\.$`), (f) => `the field "${f}" must not be null`],
];

/** What a document may be wrong in, where the schema's names make it clearer. */
const ofDocuments: Template[] = [
  [RegExp(`^Cannot query field "\\w+" on type ${type}\\.`), (t) => `The type "${t}" has no such field.`],
  [/^Unknown argument "\w+" on field "(\w+)\.(\w+)"/, (t, f) => `The field "${t}.${f}" has no such argument.`],
  [/^Unknown argument "\w+" on directive "@(\w+)"/, (d) => `The directive "@${d}" has no such argument.`],
  [
    RegExp(`^Field "(\\w+)" argument "(\\w+)" of type ${type} is required`),
    (f, a, t) => `The field "${f}" needs its argument "${a}" of type "${t}".`,
  ],
  [
    RegExp(`^Directive "@(\\w+)" argument "(\\w+)" of type ${type} is required`),
    (d, a, t) => `The directive "@${d}" needs its argument "${a}" of type "${t}".`,
  ],
  [
    RegExp(`^Field "(\\w+)" must not have a selection since type ${type} `),
    (f, t) => `The field "${f}" of type "${t}" has no fields to select.`,
  ],
  [
    RegExp(`^Field "(\\w+)" of type ${type} must have `),
    (f, t) => `Select fields of "${f}", which has the type "${t}".`,
  ],
  [
    RegExp(`^Variable "\\$\\w+" of type ${type} used in position expecting type ${type}`),
    (a, b) => `A variable of type "${a}" stands where the type "${b}" is expected.`,
  ],
  [RegExp(`^Variable "\\$\\w+" cannot be non-input type ${type}`), (t) => `A variable can't have the type "${t}".`],
  [RegExp(` cannot condition on non composite type ${type}`), (t) => `A fragment can't be on the type "${t}".`],
  [
    RegExp(` cannot be spread here as objects of type ${type} can never be of type ${type}`),
    (a, b) => `A fragment on "${b}" can't be spread where the type is "${a}".`,
  ],
  [/^Directive "@(\w+)" may not be used on /, (d) => `The directive "@${d}" may not be used here.`],
  [
    /^The directive "@(\w+)" can only be used once at this location/,
    (d) => `The directive "@${d}" can only be used once here.`,
  ],
  [/^Unknown type "/, () => "There is no such type."],
  [/^Unknown directive "/, () => "There is no such directive."],
  [/^Unknown fragment "/, () => "There is no such fragment."],
  [/^Cannot spread fragment "/, () => "A fragment is spread within itself."],
  [/^Variable "\$\w+" is not defined/, () => "A variable is used that the operation does not define."],
  [/^Variable "\$\w+" is never used/, () => "A variable is never used."],
  [/^Fragment "\w+" is never used/, () => "A fragment is never used."],
  [/^Fields "/s, () => "Two fields have the same name in the answer but are different: give one of them an alias."],
  [
    /^There can be only one (argument|fragment|input field|operation|variable) named "/,
    (what) => `There can be only one ${what} of this name.`,
  ],
  [
    /^This anonymous operation must be the only defined operation\.$/,
    () => "An anonymous operation must be the only one.",
  ],
  [/ must select only one top level field/, () => "A subscription must select only one top level field."],
  [/ must not select an introspection top level field/, () => "A subscription must not select an introspection field."],
  [/definition is not executable/, () => "Only operations and fragments can be executed."],
  [/^Maximum introspection depth exceeded/, () => "The introspection is too deep."],
  [/^Too many validation errors|^Validation aborted/, () => "There are more errors than are shown."],
];

const fixedWords = new Set(["argument", "fragment", "input", "field", "operation", "variable"]);

/** Tokens of the language that a parser may miss. */
const expectedToken =
  /^Syntax Error: Expected (Name|Int|String|BlockString|<EOF>|"(?:[!?$&()[\]{}:=@|]|\.\.\.|on|query|mutation|subscription|fragment)"), found /;

const tokenNames: Record<string, string> = {
  Name: "a name",
  Int: "a number",
  String: "a string",
  BlockString: "a string",
  "<EOF>": "the end",
};

/**
 * Rewrites the messages of graphql-js, which quote values, names and source text of the request. A message is made anew from a
 * template and names that stand in the schema; one that fits no template, or names anything else, becomes a general one.
 * Positions need no rewriting: they are in `locations`.
 */
export function createPublicMessage(schema: GraphQLSchema): PublicMessage {
  const known = namesOf(schema);
  const isKnown = (text: string) =>
    text.split(/[^\w]+/).every((name) => name === "" || known.has(name) || fixedWords.has(name));

  function find(templates: Template[], message: string): string | null {
    for (const [pattern, say] of templates) {
      const match = pattern.exec(message);
      if (!match) continue;
      const names = match.slice(1);
      return names.every(isKnown) ? say(...names) : null;
    }
    return null;
  }

  const sentence = (text: string) => `${text[0]?.toUpperCase()}${text.slice(1)}.`;

  return {
    syntax(message) {
      if (/^Syntax Error: Document contains more tha[nt] \d+ tokens/.test(message))
        return "The document has too many tokens.";
      const expected = expectedToken.exec(message)?.[1];
      if (expected === undefined) return "The document is not well-formed GraphQL here.";
      return `The document is not well-formed GraphQL: ${tokenNames[expected] ?? expected} is expected here.`;
    },
    validation(message) {
      const ofDocument = find(ofDocuments, message);
      if (ofDocument !== null) return ofDocument;
      const ofValue = find(ofValues, message);
      return ofValue === null ? "The document does not fit the schema here." : sentence(ofValue);
    },
    input(message) {
      const path = / at "\w+((?:\.\w+|\[\d+\])+)"; /.exec(message)?.[1]?.replace(/^\./, "");
      const where = path !== undefined && isKnown(path.replaceAll(/\[\d+\]/g, "")) ? ` at "${path}"` : "";
      const what = find(ofValues, message);
      return `The value of a variable does not fit its type${where}${what === null ? "" : `: ${what}`}.`;
    },
  };
}

function namesOf(schema: GraphQLSchema): Set<string> {
  const names = new Set<string>();
  const addArguments = (list: readonly GraphQLArgument[]) => {
    for (const { name } of list) names.add(name);
  };
  for (const directive of schema.getDirectives()) {
    names.add(directive.name);
    addArguments(directive.args);
  }
  for (const named of Object.values<GraphQLNamedType>(schema.getTypeMap())) {
    names.add(named.name);
    if (isEnumType(named)) {
      for (const { name } of named.getValues()) names.add(name);
    } else if (isInputObjectType(named)) {
      for (const name of Object.keys(named.getFields())) names.add(name);
    } else if (isObjectType(named) || isInterfaceType(named)) {
      for (const { name, args } of Object.values(named.getFields())) {
        names.add(name);
        addArguments(args);
      }
    }
  }
  return names;
}
