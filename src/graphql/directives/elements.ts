import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
} from "graphql";
import type { Directable } from "./read.js";

export type OutputType = GraphQLObjectType | GraphQLInterfaceType;

export type OutputField = GraphQLField<unknown, unknown>;

/** One thing in a schema that can carry directives; `at` is its schema coordinate: `User`, `Query.me`, `Query.users(filter:)`. */
export type Element = { at: string } & (
  | { kind: "type"; element: OutputType }
  | { kind: "field"; element: OutputField; type: OutputType }
  | { kind: "argument"; element: GraphQLArgument; type: OutputType; field: OutputField }
  | { kind: "input-field"; element: GraphQLInputField }
  /** Where our directives do not work: enums and their values, scalars, unions, input objects, directives, the schema. */
  | { kind: "elsewhere"; element: Directable }
);

/** The types of queries, mutations and subscriptions, as far as a schema has them. */
export function rootTypesOf(schema: GraphQLSchema): OutputType[] {
  return [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter((type) => type != null);
}

/** Everything in a schema that can carry directives, the places where ours do not work too: there they are faults. */
export function* elementsOf(schema: GraphQLSchema): Generator<Element> {
  yield { at: "schema", kind: "elsewhere", element: schema };
  for (const { name, args } of schema.getDirectives()) {
    for (const element of args) yield { at: `@${name}(${element.name}:)`, kind: "elsewhere", element };
  }
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type)) continue;
    if (isObjectType(type) || isInterfaceType(type)) {
      yield { at: type.name, kind: "type", element: type };
      for (const field of Object.values(type.getFields())) {
        const at = `${type.name}.${field.name}`;
        yield { at, kind: "field", element: field, type };
        for (const element of field.args)
          yield { at: `${at}(${element.name}:)`, kind: "argument", element, type, field };
      }
      continue;
    }
    yield { at: type.name, kind: "elsewhere", element: type };
    if (isInputObjectType(type)) {
      for (const element of Object.values(type.getFields())) {
        yield { at: `${type.name}.${element.name}`, kind: "input-field", element };
      }
    }
    if (isEnumType(type)) {
      for (const element of type.getValues()) yield { at: `${type.name}.${element.name}`, kind: "elsewhere", element };
    }
  }
}
