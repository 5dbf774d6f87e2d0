import {
  type DocumentNode,
  type ExecutionArgs,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import { LRUCache } from "lru-cache";
import { findMusterError } from "../graphql/format-error.js";
import { createLimits } from "../graphql/limits.js";

/** What a client asks for. */
export type Payload = {
  query: string;
  operationName?: string | null | undefined;
  variables?: Record<string, unknown> | null | undefined;
};

/** An operation that may run, but for its context; or why it may not. */
export type Prepared =
  | { args: Omit<ExecutionArgs, "contextValue">; operation: OperationDefinitionNode }
  | { errors: readonly GraphQLError[] };

const documentsKept = 1_000;
const charactersKept = 1_000_000;

/**
 * Makes operations out of what clients send, under the same limits as over HTTP. Documents that were found good are kept, bounded: many
 * connections ask for the same.
 */
export function createPrepare(schema: GraphQLSchema): (payload: Payload) => Prepared {
  const { parseOptions, validationRules, validationOptions, executionOptions } = createLimits();
  const rules = [...specifiedRules, ...validationRules];
  const known = new LRUCache<string, DocumentNode>({
    max: documentsKept,
    maxSize: charactersKept,
    sizeCalculation: (_, { length }) => Math.max(1, length),
  });

  function read(query: string): DocumentNode | { errors: readonly GraphQLError[] } {
    const document = known.get(query);
    if (document) return document;
    try {
      const parsed = parse(query, parseOptions);
      const errors = validate(schema, parsed, rules, validationOptions);
      if (errors.length > 0) return { errors: errors.map((error) => withCode(error, "GRAPHQL_VALIDATION_FAILED")) };
      known.set(query, parsed);
      return parsed;
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      return { errors: [withCode(error, "GRAPHQL_PARSE_FAILED")] };
    }
  }

  return ({ query, operationName, variables }) => {
    const document = read(query);
    if ("errors" in document) return document;
    const operation = getOperationAST(document, operationName);
    if (!operation) return { errors: [new GraphQLError("", { extensions: { code: "OPERATION_RESOLUTION_FAILURE" } })] };
    const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {}, {
      maxErrors: executionOptions.maxCoercionErrors,
    });
    if (errors) return { errors: errors.map((error) => withCode(error, "BAD_USER_INPUT")) };
    return {
      args: { schema, document, operationName, variableValues: variables, options: executionOptions },
      operation,
    };
  };
}

/** The code that Apollo Server gives it, by which what the client is told is chosen. An error of ours keeps its own. */
function withCode(error: GraphQLError, code: string): GraphQLError {
  const { message, nodes, source, positions, originalError } = error;
  return new GraphQLError(message, {
    nodes,
    source,
    positions,
    originalError,
    ...(!findMusterError(error) && { extensions: { code } }),
  });
}
