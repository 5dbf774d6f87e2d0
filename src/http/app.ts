import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import type { Log } from "../log.js";
import type { Muster } from "../muster.js";
import type { GraphqlWs } from "../sockets/graphql-ws.js";
import { badRequest, type ErrorAnswer, masked, notFound, sendError, tooLarge } from "./answer.js";
import { startApollo } from "./apollo.js";
import { acceptJsonOnly, BodyError, bodyLimit, unsupportedMediaType } from "./body.js";
import { answerClientError } from "./client-error.js";
import { asClientMadeIt } from "./client-request.js";
import { createCors } from "./cors.js";
import { createDrain } from "./drain.js";
import { graphqlPath, routeGraphql } from "./graphql-route.js";
import { routeHealth } from "./health.js";
import { routeJwks } from "./jwks.js";
import { routePlayground } from "./playground/route.js";
import { requestIdOf } from "./request-id.js";
import { logRequests } from "./request-log.js";
import { securityHeaders } from "./security-headers.js";
import { type TrustProxy, toFastifyTrust } from "./trust-proxy.js";
import { routeUpgrades } from "./upgrade.js";

/** What is served: the parts of a `Muster` that HTTP needs. */
export type Served = Pick<Muster, "schema" | "context" | "ping" | "jwks" | "status">;

export type HttpOptions = {
  corsOrigins: readonly string[];
  /** Whether browsers of these origins may send our cookie. */
  authCookies: boolean;
  playground: boolean;
  trustProxy: TrustProxy;
  /** How long requests in flight may take when the server is stopped, in milliseconds. */
  drainLimitMs?: number | undefined;
};

/** A server that is ready to listen. */
export type HttpServer = { app: FastifyInstance; drain(): Promise<void> };

const timeouts = {
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 72_000,
};

/** Puts the HTTP server together. What happens to a request, in this order: */
export async function createHttp({
  muster,
  sockets,
  options,
  log,
}: {
  muster: Served;
  /** Without it no WebSockets are opened. */
  sockets?: GraphqlWs;
  options: HttpOptions;
  log: Log;
}): Promise<HttpServer> {
  const { headersTimeout, connectionsCheckingInterval, ...fastifyTimeouts } = timeouts;
  const app = Fastify({
    ...fastifyTimeouts,
    // Node's own answer to a request without `Host` would have no shape
    http: { headersTimeout, connectionsCheckingInterval, requireHostHeader: false },
    bodyLimit,
    trustProxy: toFastifyTrust(options.trustProxy),
    loggerInstance: onlyErrors(log),
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (logger) => logger,
    genReqId: requestIdOf,
    // a request that comes while the server is stopped is still answered, with `connection: close`
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    frameworkErrors: (_, request, reply) => void sendError(request, reply, badRequest("The address is malformed.")),
  });
  const { isDraining, drain } = createDrain(app, { limitMs: options.drainLimitMs });

  // 1. headers that every answer has, and the one that every request has (RFC 9112 section 3.2)
  const cors = createCors({ origins: options.corsOrigins, credentials: options.authCookies });
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(securityHeaders).header("x-request-id", request.id);
    cors.allow(request, reply);
    if (request.headers.host === undefined && request.raw.httpVersion === "1.1")
      return sendError(request, reply, badRequest("The `Host` header is missing."));
  });

  if (sockets) routeUpgrades(app, sockets);

  // 2. the body
  acceptJsonOnly(app);

  // 3. the route
  app.options(graphqlPath, cors.preflight);
  const apollo = await startApollo({ schema: muster.schema, log });
  const playground = options.playground ? await routePlayground(app) : undefined;
  routeGraphql(app, {
    apollo,
    makeContext: (request) => muster.context({ req: asClientMadeIt(request) }),
    sendPage: playground?.sendPage,
    log,
  });
  routeHealth(app, { ping: (limitMs) => muster.ping(limitMs), status: () => muster.status(), isDraining });
  routeJwks(app, muster);
  app.get("/", async (_, reply) => reply.redirect(graphqlPath));
  app.setNotFoundHandler((request, reply) => sendError(request, reply, notFound));

  // 4. what went wrong, in GraphQL's shape
  app.setErrorHandler((error, request, reply) => {
    const answer = answerFor(error);
    if (answer.status >= 500) log.error({ reqId: request.id, err: error }, "a request failed unexpectedly");
    return sendError(request, reply, answer);
  });

  // 5. a line in the log
  logRequests(app, log);

  app.addHook("onClose", async () => {
    await apollo.stop().catch((error) => log.error({ err: error }, "Apollo Server did not stop"));
  });
  return { app, drain };
}

/** Fastify's own log: below `error` it has lines with addresses in them, which are the client's text. */
function onlyErrors(log: Log): FastifyBaseLogger {
  return log.isLevelEnabled("error") ? log.child({}, { level: "error" }) : log;
}

function answerFor(error: unknown): ErrorAnswer {
  if (error instanceof BodyError) return error.answer;
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return tooLarge;
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") return unsupportedMediaType;
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500)
    return badRequest("The body is not a JSON object that can be read.");
  return masked;
}
