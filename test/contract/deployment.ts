import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { grantRole } from "../../src/accounts/grant.js";
import { type Clock, createMovableClock, type MovableClock } from "../../src/clock.js";
import { type Config, parseConfig } from "../../src/config.js";
import { silentLog } from "../../src/log.js";
import type { Strategy } from "../../src/revocation/strategy.js";
import { type RunningServer, startServer } from "../../src/server.js";
import { dropDatabase } from "../../src/store/drop-database.js";
import { signUp, type TestClient } from "../../src/testing/index.js";
import { type Operator, openOperator } from "../support/operator.js";
import { type RedisProcess, startRedis } from "../support/redis.js";
import type { Contestant } from "./contestants.js";

/** Some instances over one database, which may all be started again. */
export type Deployment = {
  /** Where the instances are, as they were started last. */
  urls(): readonly [string, ...string[]];
  /** Lifetimes run by this one, on every instance that was given none of its own. */
  clock: MovableClock;
  strategy(): Strategy;
  database: string;
  operator: Operator;
  /** Where the contestant needs one. */
  redis: RedisProcess | null;
  /** A client of the first instance, of a user who has the role admin. */
  admin(): Promise<TestClient>;
  /** Ends all instances, and starts as many on the same database, with these settings changed. */
  restart(settings?: Partial<Config>): Promise<void>;
  close(): Promise<void>;
};

export type DeploymentOptions = {
  settings?: Partial<Config>;
  instances?: number;
  clocks?: readonly Clock[];
  /** Whether there is a Redis; where it is left out, where the contestant needs one. */
  hasRedis?: boolean;
};

/** Costs next to nothing: what is tested here is not the hash. */
const cheapHashing = { memoryKiB: 64, timeCost: 1, parallelism: 1 };

/** Starts real servers, two where nothing else is said, that judge tokens as this contestant does. */
export async function openDeployment(
  contestant: Contestant,
  { settings = {}, instances = 2, clocks = [], hasRedis = contestant.redis !== undefined }: DeploymentOptions = {},
): Promise<Deployment> {
  const database = `muster-contract-${randomBytes(6).toString("hex")}`;
  const uri = new URL(inject("mongoUri"));
  uri.pathname = `/${database}`;
  const clock = createMovableClock();
  const ends: (() => void | Promise<void>)[] = [];
  const redis = hasRedis ? await startRedis((end) => void ends.push(end)) : null;
  let config: Config = {
    ...parseConfig({ PORT: "0", RATE_LIMITS: "off", PLAYGROUND: "off", PASSWORD_MIN_LENGTH: "8" }),
    jwtSecret: randomBytes(32).toString("hex"),
    ...contestant.settings,
    ...settings,
    ...(redis && { redisUrl: redis.url }),
    mongodbUri: uri.href,
  };
  let servers: RunningServer[] = [];
  let admin: TestClient | null = null;

  const start = async () => {
    for (let index = 0; index < instances; index++) {
      const overrides = { clock: clocks[index] ?? clock, hashing: cheapHashing };
      const server = await startServer(config, { log: silentLog, overrides });
      servers.push(server);
      await server.ready();
    }
  };
  const stop = async () => {
    for (const server of servers.splice(0)) await server.close();
  };
  const operator = await openOperator(uri.href);
  await start();
  return {
    urls: () => servers.map(({ url }) => url) as [string, ...string[]],
    clock,
    strategy: () => servers[0]!.parts.strategy,
    database,
    operator,
    redis,
    async admin() {
      const [{ url, parts }] = servers as [RunningServer, ...RunningServer[]];
      if (!admin) {
        admin = await signUp(url, {});
        await grantRole(parts, { email: admin.email, role: "admin" });
      }
      // what happened before may have ended its session
      admin = await admin.login({ url });
      return admin;
    },
    async restart(changed = {}) {
      config = { ...config, ...changed };
      await stop();
      servers = [];
      await start();
    },
    async close() {
      await stop();
      await operator.close();
      await dropDatabase(uri.href);
      for (const end of ends.reverse()) await end();
    },
  };
}
