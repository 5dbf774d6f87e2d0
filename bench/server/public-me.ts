import { MapperKind, mapSchema } from "@graphql-tools/utils";
import { type GraphQLSchema, parse } from "graphql";

const [type] = parse("type T { f: Int @public }").definitions;
const isPublic = type?.kind === "ObjectTypeDefinition" ? type.fields![0]!.directives! : [];

/** The same schema, in which `me` is for everybody. */
export function withPublicMe(schema: GraphQLSchema): GraphQLSchema {
  return mapSchema(schema, {
    [MapperKind.QUERY_ROOT_FIELD]: (field, name) =>
      name === "me" ? { ...field, astNode: { ...field.astNode!, directives: isPublic } } : undefined,
  });
}
