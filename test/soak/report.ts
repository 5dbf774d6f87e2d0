import { faultKinds, kinds, outcomes } from "../history/ledger.js";
import type { Soaked } from "./run.js";

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]) =>
  [head, head.map((_, index) => (index === 0 ? "---" : "---:")), ...rows]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");

const titles = {
  ok: "done",
  refused: "401",
  unavailable: "503",
  unknown: "no answer",
  wrong: "anything else",
} as const;

/** The ledger as text: what was asked and answered, what was broken, and what was wrong. */
export function describe({ rounds, seconds, ledger, injected }: Soaked, seed: number): string {
  const counted = kinds.map((kind) => [kind, ...outcomes.map((outcome) => ledger.outcomes[kind][outcome])]);
  const broken = Object.entries(injected).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    `${seconds} s, ${rounds} rounds, seed ${seed}; ${ledger.operations} operations, longest 503 time ${(ledger.longest503Ms / 1_000).toFixed(1)} s.`,
    table(["asked", ...outcomes.map((outcome) => titles[outcome])], counted),
    table(["broken", "times"], broken),
    table(
      ["must be 0", "found"],
      faultKinds.map((kind) => [kind, ledger.faults[kind]]),
    ),
  ].join("\n\n");
}
