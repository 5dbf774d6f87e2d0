import { setTimeout as delay } from "node:timers/promises";

/** Resolves when this holds; rejects where it does not within twenty seconds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; !(await holds()); await delay(20))
    if (Date.now() > end) throw new Error("It does not come to hold.");
}
