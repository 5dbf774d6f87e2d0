import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";

/** What a call of a store is rejected with while nothing can be known. */
export const unreachable = { code: "SERVICE_UNAVAILABLE", reason: "STORE_UNREACHABLE", status: 503 };

const patienceMs = 20_000;

/** Calls again and again until it is answered; whatever comes before that is the failure of an outage. */
export async function recovers<T>(call: () => Promise<T>): Promise<T> {
  for (const until = Date.now() + patienceMs; ; await delay(50)) {
    try {
      return await call();
    } catch (error) {
      expect(error).toMatchObject(unreachable);
      if (Date.now() > until) throw error;
    }
  }
}

/** Resolves when the call was rejected with the failure of an outage, in time. */
export async function isUnknown(call: () => Promise<unknown>, limitMs = 3_000): Promise<void> {
  const began = performance.now();
  await expect(call()).rejects.toMatchObject(unreachable);
  expect(performance.now() - began).toBeLessThan(limitMs);
}
