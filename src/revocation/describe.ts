import type { AuthStateMode, Leases } from "../auth-state/leases.js";
import type { Strategy } from "./strategy.js";

/** What this server can take back, and how surely it knows. */
export type RevocationStatus = {
  strategy: string;
  mode: AuthStateMode;
  leaseMs: number;
  freshForMs: number;
  instances: number;
  capabilities: readonly string[];
};

/** Counts the registered instances as well. @throws MusterError `STORE_UNREACHABLE` */
export async function describeRevocation({
  leases,
  strategy,
}: {
  leases: Leases;
  strategy: Strategy;
}): Promise<RevocationStatus> {
  return {
    strategy: strategy.name,
    mode: leases.mode(),
    leaseMs: leases.leaseMs,
    freshForMs: Math.floor(leases.feed.freshForMs()),
    instances: await leases.countInstances(),
    capabilities: strategy.capabilities,
  };
}
