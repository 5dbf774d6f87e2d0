import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import { makeExecutableSchema } from "@graphql-tools/schema";
import mongoose from "mongoose";
import { inject, onTestFinished, vi } from "vitest";
import type { AuthStateMode } from "../../src/auth-state/leases.js";
import { parseConfig } from "../../src/config.js";
import { createHttp } from "../../src/http/app.js";
import { silentLog } from "../../src/log.js";
import { createMuster, partsOf } from "../../src/muster.js";
import { dropDatabase } from "../../src/store/drop-database.js";
import { startRedis } from "../support/redis.js";
import type { Contestant } from "./contestants.js";

/** A server whose every command to MongoDB is seen, with a guarded field that needs nothing but its guard. */
export type Monitored = {
  url: string;
  /** How many reads it has sent so far: of users, and of what judges tokens. */
  reads(): number;
  /** Resolves when the instance has heard of everything that was written before. */
  hasHeard(): Promise<unknown>;
  /** How many commands Redis has been sent so far that ask about tokens. */
  asksOfRedis(): Promise<number>;
};

const reading = ["find", "aggregate", "count", "distinct"];
const typeDefs = /* GraphQL */ `
  extend type Query {
    guarded: Boolean! @authenticated
  }
`;

/** Opens one for a test, over connections with the driver's command monitoring. */
export async function openMonitored(contestant: Contestant, authStateMode: AuthStateMode): Promise<Monitored> {
  const uri = new URL(inject("mongoUri"));
  uri.pathname = `/muster-reads-${randomBytes(6).toString("hex")}`;
  let reads = 0;
  const connect = async () => {
    const options = { monitorCommands: true, autoIndex: false, bufferCommands: false };
    const connection = await mongoose.createConnection(uri.href, options).asPromise();
    connection.getClient().on("commandStarted", ({ commandName, command }) => {
      const isOfFeed = command[commandName] === "muster_instances" || command.pipeline?.[0]?.$changeStream;
      if (reading.includes(commandName) && !isOfFeed) reads++;
    });
    return connection;
  };
  const [connection, feedConnection] = [await connect(), await connect()];
  const redis = contestant.redis === undefined ? null : await startRedis(onTestFinished);
  const config = parseConfig({ RATE_LIMITS: "off", PLAYGROUND: "off" });
  const muster = createMuster({
    ...config,
    ...contestant.settings,
    ...(redis && { redisUrl: redis.url }),
    secret: randomBytes(32).toString("hex"),
    authStateMode,
    // on a busy machine a beat may be late, and then memory is not asked
    leaseMs: 30_000,
    connection,
    feedConnection,
    hashing: { memoryKiB: 64, timeCost: 1, parallelism: 1 },
  });
  await muster.ready();
  if (authStateMode === "leased") await vi.waitFor(() => isTrue(muster.status().freshForMs > 0), { timeout: 20_000 });
  const schema = muster.protectSchema(
    makeExecutableSchema({
      typeDefs: [muster.typeDefs, typeDefs],
      resolvers: [muster.resolvers, { Query: { guarded: () => true } }],
    }),
  );
  const { app } = await createHttp({ muster: { ...muster, schema }, options: config, log: silentLog });
  await app.listen({ host: "127.0.0.1", port: 0 });
  onTestFinished(async () => {
    await app.close();
    await muster.close();
    await connection.close(true);
    await feedConnection.close(true);
    await dropDatabase(uri.href);
  });
  const { port } = app.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    reads: () => reads,
    hasHeard: () => partsOf(muster).leases.barrier(),
    asksOfRedis: async () => (redis ? countAsks(await redis.command("INFO commandstats")) : 0),
  };
}

/** Redis's own count of its reads, whoever sent them. */
function countAsks(stats: string): number {
  const counts = [...stats.matchAll(/^cmdstat_(?:get|mget|getex|exists|hget|hmget|eval_ro|evalsha_ro):calls=(\d+)/gm)];
  return counts.reduce((sum, [, calls]) => sum + Number(calls), 0);
}

function isTrue(value: boolean): void {
  if (!value) throw new Error("not yet");
}
