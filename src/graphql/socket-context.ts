import type { Admitted } from "../authenticate.js";
import type { MaybePromise } from "../maybe-promise.js";
import type { Client, Parts } from "../parts.js";
import { createQueue } from "../sessions/queue.js";
import { type MusterContext, settling } from "./context.js";

/**
 * Makes the context of one operation over a live connection. No cookies: a refresh token is handed over in the answer.
 *
 * @param admit who the connection is now; null for anonymous
 * @param onWaitForEnd called where the operation wants to be told of the session's end
 */
export function createSocketContext(
  parts: Parts,
  {
    client,
    admit,
    onWaitForEnd,
  }: {
    client: Client;
    admit: () => MaybePromise<Admitted | null>;
    onWaitForEnd: () => void;
  },
): MusterContext {
  return {
    muster: {
      parts,
      client,
      ...settling(parts, admit),
      cookieToken: null,
      handOver: ({ accessToken, refreshToken }) => ({ accessToken, refreshToken }),
      clearCookies() {},
      responseHeaders: new Map(),
      responseExtensions: new Map(),
      waitForEnd() {
        onWaitForEnd();
        return createQueue<never>().iterator;
      },
    },
    principal: null,
  };
}
