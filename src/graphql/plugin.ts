import type { ApolloServerPlugin, GraphQLRequestContext, HTTPGraphQLHead } from "@apollo/server";
import { unwrapResolverError } from "@apollo/server/errors";
import type { GraphQLError, GraphQLFormattedError } from "graphql";
import { type ErrorCode, MusterError } from "../errors.js";
import type { Log } from "../log.js";
import type { MusterRequest } from "./context.js";
import { isTokenIgnored } from "./directives/index.js";
import { findMusterError, findRequestFault, isUnexpected, toGraphQLError } from "./format-error.js";

/** What the plugin needs of the context that `muster.context()` makes. */
export type SettledContext = {
  muster?: Pick<MusterRequest, "settle" | "responseHeaders"> & Partial<Pick<MusterRequest, "responseExtensions">>;
  /** What the request is called in the log. */
  requestId?: string;
};

/** Which status speaks where one answer has several errors: what is not known before what is known. */
const precedence: ErrorCode[] = [
  "INTERNAL_SERVER_ERROR",
  "SERVICE_UNAVAILABLE",
  "TOO_MANY_REQUESTS",
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "BAD_USER_INPUT",
];

/**
 * Gives Apollo Server our statuses and headers. Security does not rest on it: `protectSchema` refuses by itself, this only makes the
 * answer to a refused token 401 instead of an error in a field.
 *
 * The status speaks where `data` is null or absent, the same for both media types; an answer with partial data is 200.
 *
 * @param log where unexpected errors go, with the request's id; none are logged without it
 * @param maskBugs answers 500 where an unexpected error left no data; else Apollo's own status stands (an application's errors are its own)
 */
export function createPlugin<TContext extends SettledContext>({
  log,
  maskBugs = false,
}: {
  log?: Log;
  maskBugs?: boolean;
} = {}): ApolloServerPlugin<TContext> {
  return {
    requestDidStart: async () => ({
      async didResolveOperation({ schema, document, operation, contextValue }) {
        // without an operation (an unknown `operationName`) nothing runs, and the answer is 400
        if (!operation || isTokenIgnored(schema, document, operation)) return;
        try {
          await contextValue.muster?.settle();
        } catch (error) {
          throw error instanceof MusterError ? toGraphQLError(error) : error;
        }
      },
      async didEncounterErrors({ errors, contextValue }) {
        for (const error of errors) logError(log, error, contextValue.requestId);
      },
      async willSendResponse({ response, errors, contextValue }) {
        // Apollo's type has one value a name; what sends the answer takes a list as well, which `Set-Cookie` needs
        for (const [name, value] of contextValue.muster?.responseHeaders ?? [])
          response.http.headers.set(name, value as string);
        if (response.body.kind !== "single") return;
        const { singleResult } = response.body;
        const said = contextValue.muster?.responseExtensions;
        if (said?.size) singleResult.extensions = { ...singleResult.extensions, muster: Object.fromEntries(said) };
        if (!errors) return;
        speakByStatus(response.http, singleResult.data, errors, maskBugs);
        dropTraces(singleResult.errors ?? [], errors);
      },
    }),
    async unexpectedErrorProcessingRequest({ requestContext, error }) {
      logError(log, error, (requestContext as GraphQLRequestContext<TContext>).contextValue?.requestId);
    },
  };
}

function speakByStatus(http: HTTPGraphQLHead, data: unknown, errors: readonly GraphQLError[], maskBugs: boolean): void {
  if (data !== null && data !== undefined) {
    http.status = 200;
    return;
  }
  const ours = errors.map(findMusterError).filter((error) => error !== null);
  const [first] = ours.sort((a, b) => precedence.indexOf(a.code) - precedence.indexOf(b.code));
  if (maskBugs && errors.some(isUnexpected)) {
    http.status = 500;
  } else if (first) {
    http.status = first.status;
    for (const [name, value] of first.headers) http.headers.set(name, value);
  } else if (errors.some((error) => findRequestFault(error) !== null) && (http.status ?? 200) < 400) {
    http.status = 400;
  }
}

/** Apollo shows where an error came from unless it is told not to; where a refusal comes from is no client's business. */
function dropTraces(told: readonly GraphQLFormattedError[], errors: readonly GraphQLError[]): void {
  told.forEach(({ extensions }, index) => {
    if (extensions && findMusterError(errors[index])) delete extensions.stacktrace;
  });
}

/** Logs what nobody meant the client to see, and why the store could not be reached. */
export function logError(log: Log | undefined, error: unknown, requestId: string | undefined): void {
  if (!log) return;
  const ours = findMusterError(error);
  if (ours === null && isUnexpected(error)) {
    log.error({ reqId: requestId, err: unwrapResolverError(error) }, "a request failed unexpectedly");
  } else if (ours?.code === "SERVICE_UNAVAILABLE") {
    log.warn({ reqId: requestId, reason: ours.reason, err: ours.cause }, "a request could not be answered");
  }
}
