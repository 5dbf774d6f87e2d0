import type { AuthStateMode, Leases } from "../auth-state/leases.js";

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
export async function describeRevocation(leases: Leases): Promise<RevocationStatus> {
  return {
    strategy: "session-list",
    mode: leases.mode(),
    leaseMs: leases.leaseMs,
    freshForMs: Math.floor(leases.feed.freshForMs()),
    instances: await leases.countInstances(),
    capabilities: ["ONE_SESSION", "OTHER_SESSIONS", "ALL_SESSIONS"],
  };
}
