import type { AuthStateMode } from "../../src/auth-state/leases.js";
import { type Contestant, contestants } from "../../test/contract/contestants.js";

/** One server of the comparison: a strategy as the contract suite has it, and how its memory is used. */
export type Side = Pick<Contestant, "title" | "settings"> & { mode: AuthStateMode };

/** Every strategy under leases; and the roll without, which is what each strategy costs there that judges by the user. */
export const sidesWith = (redisUrl: string): readonly Side[] => [
  ...contestants.map(({ title, settings, redis }) => ({
    title,
    settings: redis === undefined ? settings : { ...settings, redisUrl },
    mode: "leased" as const,
  })),
  { title: "session-list, without leases", settings: { strategy: "session-list" }, mode: "read-through" },
];
