import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { type Ledger, ledgerOf, summaryOf } from "../history/ledger.js";
import type { LoadReport } from "./load/finish.js";
import { createRandom, type Random } from "./load/random.js";
import { type Load, type LoadOptions, startLoad } from "./load/run-load.js";
import type { Service } from "./rig/site.js";

const beforeMs = 1_500;
const afterMs = 1_500;

/** Breaks something while people use the site. Nothing that they saw may be wrong; what they saw is printed, and answered. */
export async function underLoad(
  site: Service,
  breakSomething: (load: Load, random: Random) => Promise<unknown>,
  options: Partial<LoadOptions> = {},
): Promise<Ledger> {
  const seed = Date.now() % 2 ** 31;
  const random = createRandom(seed);
  const load = await startLoad({ site, random, ...options });
  await delay(beforeMs);
  await breakSomething(load, random);
  await delay(afterMs);
  return expectRight(await load.stop(), `seed ${seed}`);
}

/** What clients saw has no fault. */
export function expectRight({ operations, faults }: LoadReport, note: string): Ledger {
  const ledger = ledgerOf(operations, faults);
  console.log(`${expect.getState().currentTestName}: ${note}; ${summaryOf(ledger)}`);
  expect(faults, [note, ...new Set(faults.map(({ kind }) => kind))].join("; ")).toEqual([]);
  return ledger;
}

export const count503 = ({ outcomes }: Ledger): number =>
  Object.values(outcomes).reduce((sum, { unavailable }) => sum + unavailable, 0);
