import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
} from "graphql";
import { readDirectives, saysIgnoreToken } from "./read.js";

type Fragments = Record<string, FragmentDefinitionNode | undefined>;

/**
 * Whether an operation is not authenticated at all, because each of its root fields is `@public(ignoreToken: true)`: sign-up,
 * log-in, refresh. Fields count wherever fragments bring them in and whatever `@skip` and `@include` say; `__typename` does not.
 * An operation without any such field is authenticated. The answer is kept for as long as the operation's node lives.
 */
export function isTokenIgnored(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): boolean {
  return remember(schema, operation, () => {
    const fragments: Fragments = Object.create(null);
    for (const node of document.definitions)
      if (node.kind === Kind.FRAGMENT_DEFINITION) fragments[node.name.value] = node;
    return fragments;
  });
}

/** `isTokenIgnored` of the operation that a resolver runs in. */
export function isTokenIgnoredIn({ schema, operation, fragments }: GraphQLResolveInfo): boolean {
  return remember(schema, operation, () => fragments);
}

const answers = new WeakMap<GraphQLSchema, WeakMap<OperationDefinitionNode, boolean>>();

function remember(schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: () => Fragments): boolean {
  const known = answers.get(schema) ?? new WeakMap<OperationDefinitionNode, boolean>();
  answers.set(schema, known);
  const answer = known.get(operation) ?? hasOnlyIgnoring(schema, operation, fragments());
  known.set(operation, answer);
  return answer;
}

function hasOnlyIgnoring(schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: Fragments): boolean {
  const fields = schema.getRootType(operation.operation)?.getFields() ?? {};
  const pending = [operation.selectionSet];
  const spread = new Set<string>();
  let found = false;
  for (let set = pending.pop(); set !== undefined; set = pending.pop()) {
    for (const selection of set.selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        pending.push(selection.selectionSet);
      } else if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments[selection.name.value];
        if (fragment === undefined) return false;
        if (!spread.has(selection.name.value)) pending.push(fragment.selectionSet);
        spread.add(selection.name.value);
      } else if (selection.name.value !== "__typename") {
        const field = fields[selection.name.value];
        if (field === undefined || !saysIgnoreToken(readDirectives(field).uses)) return false;
        found = true;
      }
    }
  }
  return found;
}
