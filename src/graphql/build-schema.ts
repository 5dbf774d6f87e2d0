import "reflect-metadata";
import { getResolversFromSchema, MapperKind, mapSchema, printSchemaWithDirectives } from "@graphql-tools/utils";
import {
  type GraphQLNamedType,
  type GraphQLSchema,
  isSpecifiedScalarType,
  lexicographicSortSchema,
  specifiedDirectives,
} from "graphql";
import { buildSchemaSync } from "type-graphql";
import { AccountResolver } from "./account/account.resolver.js";
import { AdministrationResolver } from "./administration/administration.resolver.js";
import { directives } from "./directives/index.js";
import { RevocationResolver } from "./revocation/revocation.resolver.js";
import { SessionResolver } from "./session/session.resolver.js";
import { SubscriptionsResolver } from "./subscriptions/subscriptions.resolver.js";
import { UserResolver } from "./user/user.resolver.js";

/** New names for types of ours, where a schema has types of its own with our names. */
export type TypeNames = Readonly<Record<string, string>>;

/** Our schema, its directives written on it but not yet enforced: `protectSchema` does that, for ours and for yours. */
export function buildAccountSchema(): GraphQLSchema {
  return buildSchemaSync({
    resolvers: [
      AccountResolver,
      AdministrationResolver,
      RevocationResolver,
      SessionResolver,
      SubscriptionsResolver,
      UserResolver,
    ],
    directives: [...specifiedDirectives, ...directives],
    pubSub: noTopics,
    validate: false,
    skipCheck: false,
  });
}

const thereAreNone = () => {
  throw new TypeError("Subscriptions have sources of their own, and no topics.");
};

/** type-graphql asks for one as soon as there is a subscription. */
const noTopics = { publish: thereAreNone, subscribe: thereAreNone };

/** The same schema with some of its types called otherwise. @throws TypeError for a name that none of our types has */
export function renameTypes(schema: GraphQLSchema, names: TypeNames): GraphQLSchema {
  for (const name of Object.keys(names)) {
    if (!schema.getType(name)) throw new TypeError(`typeNames: there is no type "${name}".`);
  }
  return mapSchema(schema, { [MapperKind.TYPE]: (type) => renamed(type, names[type.name]) });
}

function renamed<T extends GraphQLNamedType>(type: T, name: string | undefined): T | undefined {
  if (name === undefined || isSpecifiedScalarType(type)) return undefined;
  const Type = type.constructor as new (config: unknown) => T;
  const config = type.toConfig();
  const astNode = config.astNode && { ...config.astNode, name: { ...config.astNode.name, value: name } };
  return new Type({ ...config, name, astNode });
}

/** The schema as text, sorted, with the directives' uses and definitions in it. */
export function printTypeDefs(schema: GraphQLSchema): string {
  return `${printSchemaWithDirectives(lexicographicSortSchema(schema)).trim()}\n`;
}

/** The resolvers of a schema by type and field, to be merged into another. */
export const resolversOf = (schema: GraphQLSchema) => getResolversFromSchema(schema, true);
