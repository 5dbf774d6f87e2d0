import { type RedisProcess, startRedis } from "../../test/support/redis.js";
import type { Stage } from "../stage.js";
import type { Estimate } from "../statistics.js";
import { type Cost, measureCost } from "./cost.js";
import { fillRevoked, type Memory, measureMemory } from "./memory.js";
import type { CompareOptions } from "./options.js";
import { measureRates, type Rates } from "./rates.js";
import { measureRevocation, type Revocation } from "./revocation.js";
import { type Side, sidesWith } from "./sides.js";

/** What one server was measured at. */
export type CompareFigures = Pick<Side, "title" | "mode"> & {
  rates: Rates;
  cost: Cost;
  memory: Memory;
  revocation: Revocation | null;
};

export type CompareResult = {
  rounds: number;
  seconds: number;
  users: number;
  publicPerSecond: Estimate;
  figures: CompareFigures[];
};

/** Measures every strategy side by side. */
export async function measureCompare(stage: Stage, options: CompareOptions): Promise<CompareResult> {
  const ends: (() => void | Promise<void>)[] = [];
  try {
    const redis = await startRedis((end) => void ends.push(end));
    return await measureSides(stage, sidesWith(redis.url), redis, options);
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

async function measureSides(
  stage: Stage,
  sides: readonly Side[],
  redis: RedisProcess,
  options: CompareOptions,
): Promise<CompareResult> {
  const { rounds, seconds, users, stored, endings } = options;
  const { publicPerSecond, rates } = await measureRates(stage, sides, options);
  console.error(`${stored} users are stored, each with something that has ended`);
  const revoked = { name: await fillRevoked(stage, stored), count: stored };
  const figures: CompareFigures[] = [];
  for (const side of sides) {
    const { title, mode } = side;
    console.error(`${title}: what it asks, what it holds, how it ends`);
    const cost = await measureCost(stage, side, redis);
    const memory = await measureMemory(stage, side, redis, revoked);
    const revocation = await measureRevocation(stage, side, endings);
    figures.push({ title, mode, rates: rates[title]!, cost, memory, revocation });
  }
  return { rounds, seconds, users, publicPerSecond, figures };
}
