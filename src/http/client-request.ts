import { isIP } from "node:net";
import type { FastifyRequest } from "fastify";
import type { RequestLike } from "../graphql/context.js";

/**
 * A request as its client made it, seen through the trusted proxies: the address it came from, the host and protocol it asked for. A
 * forwarded address that is none counts as not forwarded.
 */
export function asClientMadeIt({ headers, ip, host, protocol, socket }: FastifyRequest): RequestLike {
  return {
    headers: headers.host === host ? headers : { ...headers, host },
    ip: isIP(ip) ? ip : undefined,
    protocol,
    socket,
  };
}
