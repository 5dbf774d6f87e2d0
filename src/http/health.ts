import type { FastifyInstance } from "fastify";

/** How long the store may take to answer a probe, in milliseconds: well below the second that most probes wait. */
const pingLimitMs = 900;

/** What the probes ask. */
export type Health = {
  /** Rejects where the store does not answer in that time. */
  ping(limitMs: number): Promise<void>;
  /** How memory is used, and for how many milliseconds it still may be. */
  status(): { mode: string; freshForMs: number };
  isDraining(): boolean;
};

/**
 * `GET /health/live`: the process answers. `GET /health/ready`: it can do its work, because the store answered within `pingLimitMs`
 * and it is not being stopped. Probes that come together share one ping. Memory that is not fresh does not make it less ready: requests
 * are answered all the same, by reads.
 */
export function routeHealth(app: FastifyInstance, { ping, status, isDraining }: Health): void {
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
    if (!(await isReady())) return reply.code(503).send({ status: "store unreachable" });
    const { mode, freshForMs } = status();
    return reply.send({ status: "ready", authState: { mode, freshForMs: Math.floor(freshForMs) } });
  });
}
