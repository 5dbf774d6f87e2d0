import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from "graphql";
import { catalogue, MusterError } from "../errors.js";
import { createPublicMessage } from "./public-message.js";

/** The message of every error that nobody meant the client to see. */
export const maskedMessage = "Internal server error";

/** The error in the form that Apollo Server takes status and headers from, wherever it is thrown: in the context function too. */
export const toGraphQLError = (error: MusterError) => new GraphQLError(error.message, { originalError: error });

/** The `MusterError` that a GraphQL error stands for; null where it stands for anything else. */
export function findMusterError(error: unknown): MusterError | null {
  for (let at = error; at !== undefined && at !== null; at = (at as { originalError?: unknown }).originalError) {
    if (at instanceof MusterError) return at;
    if (!(at instanceof GraphQLError)) return null;
  }
  return null;
}

/** What kind of fault of the request an error of graphql-js or of Apollo is; null for everything else: bugs. */
type RequestFault = "syntax" | "validation" | "operation" | "input" | "request" | "persisted";

const faultOfCode: Record<string, RequestFault> = {
  GRAPHQL_PARSE_FAILED: "syntax",
  GRAPHQL_VALIDATION_FAILED: "validation",
  OPERATION_RESOLUTION_FAILURE: "operation",
  BAD_USER_INPUT: "input",
  BAD_REQUEST: "request",
  PERSISTED_QUERY_NOT_SUPPORTED: "persisted",
};

const inputMessages =
  /^(?:Argument "\w+" (?:of required type|of non-null type|has invalid value) |Too many errors processing variables)/;

const isOfGraphQL = ({ originalError }: GraphQLError): boolean =>
  originalError === undefined || (originalError instanceof GraphQLError && isOfGraphQL(originalError));

/** @returns null where the error is a bug or comes from a resolver: to be masked */
export function findRequestFault(error: unknown): RequestFault | null {
  if (!(error instanceof GraphQLError)) return null;
  // graphql-js finds out about some arguments only in the field that has them
  if (inputMessages.test(error.message) && isOfGraphQL(error)) return "input";
  if (error.path !== undefined) return null;
  return faultOfCode[String(error.extensions.code)] ?? null;
}

/** True for an error that is neither ours nor the request's: it is masked and logged. */
export const isUnexpected = (error: unknown): boolean =>
  findMusterError(error) === null && findRequestFault(error) === null;

/**
 * Makes Apollo Server's `formatError`: what the client is told of each error. Errors of ours keep message, code and reason; faults of
 * the request are told without quoting it; everything else is masked. No stack trace in any mode.
 *
 * NOTE: `path` holds the names that the client gave to the fields of its answer, as the GraphQL specification (section 7.1.2) demands.
 */
export function createFormatError({ schema }: { schema: GraphQLSchema }) {
  const say = createPublicMessage(schema);

  function describe(
    error: unknown,
    { message }: GraphQLFormattedError,
  ): Pick<GraphQLFormattedError, "message" | "extensions"> {
    const ours = findMusterError(error);
    if (ours) return { message: ours.message, extensions: ours.told };
    switch (findRequestFault(error)) {
      case "syntax":
        return { message: say.syntax(message), extensions: { code: "GRAPHQL_PARSE_FAILED" } };
      case "validation":
        return { message: say.validation(message), extensions: { code: "GRAPHQL_VALIDATION_FAILED" } };
      case "operation":
        return {
          message: "There is no single operation to run: give `operationName` the name of one that is in the document.",
          extensions: { code: "OPERATION_RESOLUTION_FAILURE" },
        };
      case "input":
        return {
          message: say.input(message),
          extensions: { code: catalogue.INPUT_INVALID.code, reason: "INPUT_INVALID" },
        };
      case "request":
        // Apollo's own sentences about the shape of the request: none of them quotes it
        return { message, extensions: { code: "BAD_REQUEST" } };
      case "persisted":
        // the text that clients look for
        return { message: "PersistedQueryNotSupported", extensions: { code: "PERSISTED_QUERY_NOT_SUPPORTED" } };
      case null:
        return { message: maskedMessage, extensions: { code: "INTERNAL_SERVER_ERROR" } };
    }
  }

  return (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const { message, extensions } = describe(error, formatted);
    const { locations, path } = formatted;
    return { message, ...(locations ? { locations } : {}), ...(path ? { path } : {}), extensions };
  };
}
