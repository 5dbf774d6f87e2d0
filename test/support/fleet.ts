import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { type Config, parseConfig } from "../../src/config.js";
import { openTestDatabase } from "../../src/testing/database.js";
import type { Barrier } from "./barrier.js";
import { type ServerProcess, startServerProcess } from "./server-process.js";

/** Several instances of one deployment: one database, one key. */
export type Fleet = {
  processes: readonly ServerProcess[];
  /** The address of the instance whose turn it is: 0, 1, 2, 0, … */
  urlOf(turn: number): string;
  mongodbUri: string;
  /** Ends them all and drops the database. */
  end(): Promise<void>;
};

export type FleetOptions = {
  settings?: Partial<Config>;
  /** Holds requests of every instance at the same places. */
  barrier?: Barrier;
};

/** Starts instances of one deployment, each in a process of its own, over a new database of the tests' replica set. */
export async function startFleet(count: number, { settings = {}, barrier }: FleetOptions = {}): Promise<Fleet> {
  const database = await openTestDatabase(inject("mongoUri"));
  const config: Config = {
    ...parseConfig({ PORT: "0", LOG_LEVEL: "error", RATE_LIMITS: "off", PLAYGROUND: "off" }),
    jwtSecret: randomBytes(32).toString("hex"),
    ...settings,
    mongodbUri: database.uri,
  };
  const starting = Array.from({ length: count }, () => startServerProcess(config, { barrier }));
  const end = async () => {
    const started = await Promise.allSettled(starting);
    await Promise.all(started.map((each) => each.status === "fulfilled" && each.value.end()));
    await database.close();
  };
  try {
    const processes = await Promise.all(starting);
    return { processes, urlOf: (turn) => processes[turn % count]!.url, mongodbUri: database.uri, end };
  } catch (error) {
    await end();
    throw error;
  }
}
