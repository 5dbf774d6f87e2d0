import { setTimeout as delay } from "node:timers/promises";
import { expect, inject } from "vitest";
import type { Config } from "../../src/config.js";
import { startTestServer, type TestServer, type TestServerOptions } from "../../src/testing/index.js";
import { tryAccess } from "../support/outcome.js";

/** Two instances of one deployment, both fresh and with everything loaded that they answer from. */
export type Pair = { one: TestServer; other: TestServer; close(): Promise<void> };

export async function startPair(settings: Partial<Config>, options: TestServerOptions = {}): Promise<Pair> {
  const one = await startTestServer({ mongodbUri: inject("mongoUri"), settings, ...options });
  const other = await startTestServer({ mongodbUri: inject("mongoUri"), joins: one, ...options });
  await Promise.all([one, other].map(isLoaded));
  return {
    one,
    other,
    async close() {
      await other.close();
      await one.close();
    },
  };
}

const patienceMs = 30_000;

/** Resolves when the instance is proved fresh, and knows what stands against users. */
export async function isLoaded({ muster }: Pick<TestServer, "muster">): Promise<void> {
  for (const until = Date.now() + patienceMs; ; await delay(20)) {
    const { standing, freshForMs } = muster.status();
    if (standing?.loaded && standing.doubted === 0 && freshForMs > 0) return;
    if (Date.now() > until) throw new Error("The instance does not become fresh.");
  }
}

/** What an access token is worth on each of the two, in one line each. */
export const worthOf = ({ one, other }: Pair, token: string) =>
  Promise.all([one, other].map(({ url }) => tryAccess(url, token)));

export const expectEverywhere = async (pair: Pair, token: string, outcome: string) =>
  expect(await worthOf(pair, token)).toEqual([outcome, outcome]);
