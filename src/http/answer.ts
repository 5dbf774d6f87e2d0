import type { FastifyReply, FastifyRequest } from "fastify";
import type { MusterError } from "../errors.js";
import { maskedMessage } from "../graphql/format-error.js";

/** An answer that never reached GraphQL, told in the shape that GraphQL answers with. */
export type ErrorAnswer = {
  status: number;
  message: string;
  code: string;
  reason?: string;
  headers?: Iterable<[string, string]>;
};

export const badRequest = (message: string): ErrorAnswer => ({ status: 400, code: "BAD_REQUEST", message });
export const notFound: ErrorAnswer = { status: 404, code: "BAD_REQUEST", message: "There is nothing here." };
export const tooLarge: ErrorAnswer = { status: 413, code: "BAD_REQUEST", message: "The body is larger than 1 MiB." };
export const masked: ErrorAnswer = { status: 500, code: "INTERNAL_SERVER_ERROR", message: maskedMessage };

/** The answer that stands for an error of the catalogue. */
export const answerOf = (error: MusterError): ErrorAnswer => ({
  status: error.status,
  message: error.message,
  code: error.code,
  reason: error.reason,
  headers: error.headers,
});

/** The text of an answer: `{"errors":[…]}` without `data`, as the GraphQL specification has it for requests that did not run. */
export function errorBody({ message, code, reason }: ErrorAnswer): string {
  return `${JSON.stringify({ errors: [{ message, extensions: { code, ...(reason ? { reason } : {}) } }] })}\n`;
}

/** Sends the answer in the media type that the client asked for. */
export function sendError(request: FastifyRequest, reply: FastifyReply, answer: ErrorAnswer): FastifyReply {
  for (const [name, value] of answer.headers ?? []) reply.header(name, value);
  return reply.code(answer.status).type(mediaTypeFor(request.headers.accept)).send(errorBody(answer));
}

function mediaTypeFor(accept: string | undefined): string {
  const onlyNewOne =
    accept?.includes("application/graphql-response+json") && !/\*\/\*|application\/(?:\*|json)/.test(accept);
  return onlyNewOne ? "application/graphql-response+json; charset=utf-8" : "application/json; charset=utf-8";
}
