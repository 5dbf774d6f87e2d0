import { setTimeout as delay } from "node:timers/promises";
import { checkHistory, type Fault } from "../../history/check.js";
import type { Operation } from "../../history/operation.js";
import type { Service } from "../rig/site.js";

/** What came of a time of load: what everybody saw, and what is wrong in it. */
export type LoadReport = { operations: Operation[]; faults: Fault[] };

/** What had no answer may still be on its way to the database. */
const settleMs = 2_500;

/** Heals the site, lets clients look once more, and holds everything that they saw against the rolls. */
export async function finish({
  site,
  operations,
  users,
  lookAgain = async () => {},
}: {
  site: Service;
  operations: Operation[];
  users: readonly string[];
  lookAgain?: () => Promise<void>;
}): Promise<LoadReport> {
  await site.heal();
  await delay(settleMs);
  await lookAgain();
  const rolls = await site.readRolls(users);
  return { operations, faults: checkHistory({ operations, rolls }) };
}
