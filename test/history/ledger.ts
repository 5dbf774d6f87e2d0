import type { Fault, FaultKind } from "./check.js";
import type { Kind, Operation, Outcome } from "./operation.js";

/** What a history came to, in figures. */
export type Ledger = {
  operations: number;
  /** How often each thing ended so. */
  outcomes: Record<Kind, Record<Outcome, number>>;
  /** The longest time for which an instance answered nothing but 503, in milliseconds, from question to answer. */
  longest503Ms: number;
  /** What must be 0. */
  faults: Record<FaultKind, number>;
};

export const kinds: readonly Kind[] = [
  "login",
  "refresh",
  "request",
  "logout",
  "logoutSession",
  "logoutOthers",
  "logoutEverywhere",
];
export const outcomes: readonly Outcome[] = ["ok", "refused", "unavailable", "unknown", "wrong"];
export const faultKinds: readonly FaultKind[] = [
  "wrong admit",
  "wrong refusal",
  "lost session",
  "doubled session",
  "revived session",
  "wrong user",
  "wrong answer",
];

const zeros = <Name extends string>(names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;

export function ledgerOf(operations: readonly Operation[], faults: readonly Fault[]): Ledger {
  const ledger: Ledger = {
    operations: operations.length,
    outcomes: Object.fromEntries(kinds.map((kind) => [kind, zeros(outcomes)])) as Ledger["outcomes"],
    longest503Ms: longest503Ms(operations),
    faults: zeros(faultKinds),
  };
  for (const { kind, outcome } of operations) ledger.outcomes[kind][outcome]++;
  for (const { kind } of faults) ledger.faults[kind]++;
  return ledger;
}

/** Two ledgers of times that do not overlap, as one. */
export function addLedgers(a: Ledger, b: Ledger): Ledger {
  const sum = <Name extends string>(one: Record<Name, number>, other: Record<Name, number>) =>
    Object.fromEntries(Object.keys(one).map((name) => [name, one[name as Name] + other[name as Name]])) as Record<
      Name,
      number
    >;
  return {
    operations: a.operations + b.operations,
    outcomes: Object.fromEntries(
      kinds.map((kind) => [kind, sum(a.outcomes[kind], b.outcomes[kind])]),
    ) as Ledger["outcomes"],
    longest503Ms: Math.max(a.longest503Ms, b.longest503Ms),
    faults: sum(a.faults, b.faults),
  };
}

/** From when the first of several 503 in a row was asked for until the last of them came. */
function longest503Ms(operations: readonly Operation[]): number {
  const since = new Map<string, number>();
  let longest = 0;
  for (const { instance, outcome, beganMs, endedMs } of [...operations].sort((a, b) => a.endedMs - b.endedMs)) {
    if (outcome === "unavailable") {
      const began = since.get(instance) ?? beganMs;
      since.set(instance, began);
      longest = Math.max(longest, endedMs - began);
    } else since.delete(instance);
  }
  return Math.round(longest);
}

/** A ledger in one line. */
export function summaryOf({ operations, outcomes: counts, longest503Ms: longest }: Ledger): string {
  const total = (outcome: Outcome) => kinds.reduce((sum, kind) => sum + counts[kind][outcome], 0);
  const parts = outcomes.map((outcome) => `${total(outcome)} ${outcome === "unavailable" ? "503" : outcome}`);
  return `${operations} operations: ${parts.join(", ")}; longest 503 time ${(longest / 1_000).toFixed(1)} s`;
}
