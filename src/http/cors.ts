import type { FastifyReply, FastifyRequest } from "fastify";

const methods = "GET, POST, OPTIONS";
const allowedHeaders =
  "authorization, content-type, x-request-id, apollo-require-preflight, x-apollo-operation-name, apollographql-client-name, apollographql-client-version";
const exposedHeaders = "www-authenticate, retry-after, x-request-id, muster-access-token";
const preflightSeconds = "7200";

/**
 * Makes the part of the server that answers browsers of other origins (the Fetch standard's CORS protocol): an exact list, nothing
 * echoed but an origin that is in it.
 *
 * @param origins exact origins, such as `https://app.example.org`
 * @param credentials lets browsers send our cookie along
 */
export function createCors({ origins, credentials }: { origins: readonly string[]; credentials: boolean }) {
  const allowed = new Set(origins);

  /** Sets the headers of every answer. */
  function allow(request: FastifyRequest, reply: FastifyReply): void {
    if (allowed.size === 0) return;
    reply.header("vary", "Origin");
    const { origin } = request.headers;
    if (origin === undefined || !allowed.has(origin)) return;
    reply.header("access-control-allow-origin", origin).header("access-control-expose-headers", exposedHeaders);
    if (credentials) reply.header("access-control-allow-credentials", "true");
  }

  /** Answers a preflight; one from an origin that is not in the list gets no permission, and the browser goes no further. */
  function preflight(_: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (reply.hasHeader("access-control-allow-origin")) {
      reply
        .header("access-control-allow-methods", methods)
        .header("access-control-allow-headers", allowedHeaders)
        .header("access-control-max-age", preflightSeconds);
    }
    return reply.code(204).header("allow", methods).send();
  }

  return { allow, preflight };
}
