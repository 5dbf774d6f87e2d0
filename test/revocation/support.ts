import { expect, inject } from "vitest";
import type { Config } from "../../src/config.js";
import { startTestServer, type TestServer, type TestServerOptions } from "../../src/testing/index.js";
import { tryAccess } from "../support/outcome.js";
import { until } from "../support/until.js";

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

/** Resolves when the instance is proved fresh, and knows what stands against users. */
export const isLoaded = ({ muster }: Pick<TestServer, "muster">) =>
  until(() => {
    const { standing, freshForMs } = muster.status();
    return standing?.loaded === true && standing.doubted === 0 && freshForMs > 0;
  });

/** What an access token is worth on each of the two, in one line each. */
export const worthOf = ({ one, other }: Pair, token: string) =>
  Promise.all([one, other].map(({ url }) => tryAccess(url, token)));

export const expectEverywhere = async (pair: Pair, token: string, outcome: string) =>
  expect(await worthOf(pair, token)).toEqual([outcome, outcome]);
