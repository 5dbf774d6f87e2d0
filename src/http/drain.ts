import type { FastifyInstance } from "fastify";

/** How long requests in flight may take to finish, in milliseconds, before their connections are cut. */
export const drainLimitMs = 10_000;

/** Stops a server in order: readiness 503 first, then no new connections, then what is in flight, then whatever is left. */
export function createDrain(app: FastifyInstance, { limitMs = drainLimitMs }: { limitMs?: number | undefined } = {}) {
  let draining = false;
  // a connection that stays open after its last answer would hold the server until the keep-alive time is over
  app.addHook("onSend", async (_, reply) => {
    if (draining) reply.header("connection", "close");
  });
  return {
    isDraining: () => draining,
    async drain(): Promise<void> {
      draining = true;
      const cut = setTimeout(() => app.server.closeAllConnections(), limitMs);
      try {
        await app.close();
      } finally {
        clearTimeout(cut);
      }
    },
  };
}
