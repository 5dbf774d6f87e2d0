import { buildASTSchema, type GraphQLDirective, isSpecifiedDirective, parse } from "graphql";

const places = "OBJECT | INTERFACE | FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION";

/**
 * The definitions of the directives, in SDL, for schemas written in SDL. `@authenticated`, `@requiresScopes` and `@policy`
 * have the names and the meaning that Apollo's router gave them.
 */
export const directiveTypeDefs = `"""Only for those who are signed in."""
directive @authenticated on ${places}

"""
For everyone: what has no other rule is marked as open on purpose. It lifts no rule, so it cannot stand where another one holds.
With \`ignoreToken\`, on a root field: an operation of such fields alone is not authenticated, so that a dead token does not block its own cure.
"""
directive @public(ignoreToken: Boolean! = false) on ${places}

"""Only for those who have at least one of these roles."""
directive @requiresRole(roles: [String!]!) on ${places}

"""Only for those who have all the scopes of at least one of these lists."""
directive @requiresScopes(scopes: [[String!]!]!) on ${places}

"""Only where all the policies of at least one of these lists agree."""
directive @policy(policies: [[String!]!]!) on ${places}

"""Only for those who proved who they are, with a password for instance, in the last so many seconds."""
directive @freshAuth(withinSeconds: Int!) on ${places}
`;

/** In the order they are asked: what is cheap first; a fresh proof last, so that it is asked only of those whom it would help. */
export const directiveNames = [
  "public",
  "authenticated",
  "requiresRole",
  "requiresScopes",
  "policy",
  "freshAuth",
] as const;

export type DirectiveName = (typeof directiveNames)[number];

/** A schema of nothing but the definitions: what arguments are read by, whatever the guarded schema itself defines. */
export const definitionsSchema = buildASTSchema(parse(directiveTypeDefs), { assumeValid: true });

/** The same definitions as objects, for code-first schemas: `buildSchema({ directives: [...specifiedDirectives, ...directives] })`. */
export const directives: readonly GraphQLDirective[] = definitionsSchema
  .getDirectives()
  .filter((directive) => !isSpecifiedDirective(directive));
