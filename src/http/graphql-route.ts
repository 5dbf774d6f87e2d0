import type { ApolloServer } from "@apollo/server";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { GraphQLError } from "graphql";
import { MusterError } from "../errors.js";
import { findMusterError, maskedMessage, toGraphQLError } from "../graphql/format-error.js";
import type { SettledContext } from "../graphql/plugin.js";
import type { Log } from "../log.js";
import { answerOf, badRequest, type ErrorAnswer, sendError } from "./answer.js";
import type { ServerContext } from "./apollo.js";
import { type Deadline, deadlines, expired, startDeadline } from "./deadline.js";

export const graphqlPath = "/graphql";

const notAllowed: ErrorAnswer = {
  status: 405,
  code: "BAD_REQUEST",
  message: "GraphQL is asked with POST, or with GET for queries.",
  headers: [["allow", "GET, POST, OPTIONS"]],
};
const notAcceptable: ErrorAnswer = {
  status: 406,
  code: "BAD_REQUEST",
  message: "The answer is `application/json` or `application/graphql-response+json`.",
};
const tooLate = answerOf(
  new MusterError("STORE_UNREACHABLE", {
    message: "The server could not answer in time: nothing is known. Try again.",
  }),
);

/**
 * `POST /graphql` for operations, `GET /graphql` for queries and, for browsers, the playground's page. Every answer has GraphQL's
 * shape, and is never stored.
 *
 * @param sendPage answers a browser's GET with the playground; without it browsers get what everyone gets
 */
export function routeGraphql(
  app: FastifyInstance,
  {
    apollo,
    makeContext,
    sendPage,
    log,
  }: {
    apollo: ApolloServer<ServerContext>;
    makeContext(request: FastifyRequest): Promise<SettledContext>;
    sendPage?: ((request: FastifyRequest, reply: FastifyReply) => FastifyReply) | undefined;
    log: Log;
  },
): void {
  const running = new WeakMap<FastifyRequest, Deadline>();

  const handle = fastifyApolloHandler<ServerContext>(apollo, {
    async context(request) {
      try {
        const context = await makeContext(request as FastifyRequest);
        return { ...context, requestId: request.id, deadline: running.get(request as FastifyRequest) };
      } catch (error) {
        const ours = findMusterError(error);
        if (ours) throw toGraphQLError(ours);
        log.error({ reqId: request.id, err: error }, "a request's context could not be made");
        throw new GraphQLError(maskedMessage);
      }
    },
  });

  async function answer(this: FastifyInstance, request: FastifyRequest, reply: FastifyReply) {
    if (!hasSaneHost(request)) return sendError(request, reply, badRequest("The `Host` header is not a host."));
    if (!acceptsJson(request.headers.accept)) return sendError(request, reply, notAcceptable);
    const deadline = startDeadline(deadlines.query);
    running.set(request, deadline);
    try {
      const body = await Promise.race([handle.call(this, request, reply as never), deadline.expired]);
      if (body === expired) return sendError(request, reply, tooLate);
      // Apollo lets some of its answers be stored
      reply.header("cache-control", "no-store");
      return body;
    } finally {
      deadline.clear();
    }
  }

  app.post(graphqlPath, answer);
  app.get(graphqlPath, { exposeHeadRoute: false }, async function (request, reply) {
    reply.header("vary", [reply.getHeader("vary"), "Accept"].filter(Boolean).join(", "));
    if (sendPage && request.headers.accept?.includes("text/html")) return sendPage(request, reply);
    return answer.call(this, request, reply);
  });
  app.route({
    method: ["DELETE", "HEAD", "PATCH", "PUT"],
    url: graphqlPath,
    // before the body is read
    onRequest: async (request, reply) => sendError(request, reply, notAllowed),
    handler: () => undefined,
  });
}

/** RFC 9112 section 3.2 has 400 for a `Host` that is none; Apollo's integration makes a URL of it. */
function hasSaneHost({ protocol, host }: FastifyRequest): boolean {
  return !/[@/?#\\]/.test(host) && URL.canParse(`${protocol}://${host}/`);
}

/** Asked before anything runs: Apollo finds out only when the operation is done. */
function acceptsJson(accept: string | undefined): boolean {
  return (
    accept === undefined ||
    accept.trim() === "" ||
    /\*\/\*|application\/(?:\*|json|graphql-response\+json)/i.test(accept)
  );
}
