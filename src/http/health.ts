import type { FastifyInstance } from "fastify";

/** How long the store may take to answer a probe, in milliseconds: well below the second that most probes wait. */
const pingLimitMs = 900;

/**
 * `GET /health/live`: the process answers. `GET /health/ready`: it can do its work, because the store answered within `pingLimitMs`
 * and it is not being stopped. Probes that come together share one ping.
 *
 * @param ping rejects where the store does not answer in that time
 */
export function routeHealth(
  app: FastifyInstance,
  { ping, isDraining }: { ping(limitMs: number): Promise<void>; isDraining(): boolean },
): void {
  let pinging: Promise<boolean> | null = null;
  const isReady = () => {
    pinging ??= ping(pingLimitMs)
      .then(
        () => true,
        () => false,
      )
      .finally(() => {
        pinging = null;
      });
    return pinging;
  };

  app.get("/health/live", async () => ({ status: "live" }));

  app.get("/health/ready", async (_, reply) => {
    if (isDraining()) return reply.code(503).send({ status: "stopping" });
    return (await isReady()) ? reply.send({ status: "ready" }) : reply.code(503).send({ status: "store unreachable" });
  });
}
