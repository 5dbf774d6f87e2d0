import type { FastifyInstance } from "fastify";
import { notFound, sendError } from "./answer.js";

/** How long others may keep the keys, in seconds. */
const cacheSeconds = 300;

/**
 * `GET /.well-known/jwks.json`: the public keys that access tokens can be verified with (RFC 7517 section 5), for anyone; 404 where the
 * key is symmetric and so has no public half.
 *
 * NOTE: a valid signature does not say that a token is still good; only this server does.
 */
export function routeJwks(app: FastifyInstance, { jwks }: { jwks(): object | null }): void {
  app.get("/.well-known/jwks.json", async (request, reply) => {
    const keys = jwks();
    if (keys === null) return sendError(request, reply, notFound);
    return reply
      .header("cache-control", `public, max-age=${cacheSeconds}`)
      .header("access-control-allow-origin", "*")
      .type("application/jwk-set+json; charset=utf-8")
      .send(JSON.stringify(keys));
  });
}
