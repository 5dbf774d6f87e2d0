import type { FastifyInstance } from "fastify";
import type { Log } from "../log.js";

/**
 * One line for each answer: method, route (the pattern, never the address that was asked for), status, milliseconds, request id. Probes
 * are logged at `debug`. The operation's name is the client's text, so it is not there.
 */
export function logRequests(app: FastifyInstance, log: Log): void {
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "none";
    const line = {
      reqId: request.id,
      method: request.method,
      route,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
    };
    log[route.startsWith("/health/") ? "debug" : "info"](line, "request");
  });
}
