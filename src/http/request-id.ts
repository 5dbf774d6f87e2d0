import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** A UUID, or 16 to 32 hexadecimal digits: nothing that could hold a word. */
const wellFormed = /^(?:[0-9a-f]{16,32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** The id that a request has in the log and in `X-Request-Id`: the proxy's where it is well-formed, else a new UUID. */
export function requestIdOf({ headers }: Pick<IncomingMessage, "headers">): string {
  const offered = headers["x-request-id"];
  return typeof offered === "string" && wellFormed.test(offered) ? offered : randomUUID();
}
