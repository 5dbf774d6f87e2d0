import { type DirectableObject, getDirectiveExtensions } from "@graphql-tools/utils";
import { coerceInputValue } from "graphql";
import { type DirectiveName, definitionsSchema, directiveNames } from "./definitions.js";

/** Whatever in a schema can carry directives. */
export type Directable = DirectableObject;

/** One directive of ours as it stands on an element; `args` are as written, see `coerceArgs`. */
export type DirectiveUse = { name: DirectiveName; args: unknown };

/**
 * The directives on an element: those in its syntax tree (SDL, `extend`, type-graphql) and those in
 * `extensions.directives` (other code-first builders); ours in `uses`, the names of all others in `others`.
 */
export function readDirectives(element: Directable): { uses: DirectiveUse[]; others: string[] } {
  const found = Object.entries(getDirectiveExtensions(element));
  return {
    uses: found.flatMap(([name, uses = []]) => (isOurs(name) ? uses.map((args) => ({ name, args })) : [])),
    others: found.flatMap(([name]) => (isOurs(name) ? [] : [name])),
  };
}

/** A directive's arguments by our definition, whatever the schema itself defines. Throws a TypeError that names what is wrong. */
export function coerceArgs({ name, args }: DirectiveUse): Record<string, unknown> {
  const given = typeof args === "object" && args !== null ? (args as Record<string, unknown>) : {};
  const expected = definitionsSchema.getDirective(name)?.args ?? [];
  const entries = expected.map((argument): [string, unknown] => {
    const value = given[argument.name] ?? argument.defaultValue;
    const coerced = coerceInputValue(value, argument.type, (_path, _value, error) => {
      throw new TypeError(`@${name}(${argument.name}:): ${error.message}`);
    });
    return [argument.name, coerced];
  });
  return Object.fromEntries(entries);
}

/** Whether one of these directives says that the token is not looked at. */
export function saysIgnoreToken(uses: readonly DirectiveUse[]): boolean {
  return uses.some((use) => use.name === "public" && coerceArgs(use).ignoreToken === true);
}

function isOurs(name: string): name is DirectiveName {
  return (directiveNames as readonly string[]).includes(name);
}
