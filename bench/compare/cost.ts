import type { RedisProcess } from "../../test/support/redis.js";
import { startChild } from "../child.js";
import type { CommandCounts } from "../server/commands.js";
import type { Stage } from "../stage.js";
import { askAs } from "./ask.js";
import type { StrategyHost } from "./host.js";
import { guarded } from "./rates.js";
import type { Side } from "./sides.js";

/** What one request asks of MongoDB: reads, and their bytes of BSON both ways; and how many of Redis. */
export type Cost = { guarded: Asked; me: Asked };
export type Asked = { reads: number; bytes: number; readsOfRedis: number };

const queries = { guarded, me: "{ me { id email } }" } as const;
const reading = /^(find|aggregate|count|distinct) (?!muster_instances)/;
const readingOfRedis = /^cmdstat_m?get:calls=(\d+)/gm;
const tokensShown = 20;
const rounds = 10;

/**
 * Counts by command monitoring, in a process of its own, because to count costs something; under a lease so long that what is counted is the
 * strategy, and not the hiccups of the machine.
 */
export async function measureCost(stage: Stage, { title, settings, mode }: Side, redis: RedisProcess): Promise<Cost> {
  const host = startChild<StrategyHost>("compare/host.ts", stage.cores?.server);
  try {
    const mongodbUri = stage.database.uri(`cost-${nameOf(title)}`);
    const open = { settings, mode, mongodbUri, secret: stage.secret, monitored: true, leaseMs: 30_000 };
    const port = await host.ask("open", open);
    const users = await host.ask("signUp", { port, count: tokensShown });
    const count = async (query: string): Promise<Asked> => {
      // until every user has been seen
      for (const { accessToken } of users) await askAs(port, query, accessToken);
      await host.ask("takeCommands", undefined);
      const before = await readsOf(redis);
      for (let round = 0; round < rounds; round++)
        for (const { accessToken } of users) await askAs(port, query, accessToken);
      const requests = rounds * tokensShown;
      return {
        ...sumOf((await host.ask("takeCommands", undefined)).counts, requests),
        readsOfRedis: ((await readsOf(redis)) - before) / requests,
      };
    };
    return { guarded: await count(queries.guarded), me: await count(queries.me) };
  } finally {
    await host.end();
  }
}

/** How many a Redis has answered so far. */
async function readsOf(redis: RedisProcess): Promise<number> {
  const stats = await redis.command("INFO commandstats");
  return [...stats.matchAll(readingOfRedis)].reduce((sum, [, calls]) => sum + Number(calls), 0);
}

function sumOf(counts: CommandCounts, requests: number): Omit<Asked, "readsOfRedis"> {
  const found = Object.entries(counts).filter(([name]) => reading.test(name));
  const sum = (of: (count: CommandCounts[string]) => number) =>
    found.reduce((total, [, each]) => total + of(each), 0) / requests;
  return { reads: sum(({ count }) => count), bytes: sum((each) => each.bytesSent + each.bytesReceived) };
}

/** A title as part of a database's name. */
export const nameOf = (title: string) => title.replace(/\W+/g, "-");
