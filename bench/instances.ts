import { type Config, parseConfig } from "../src/config.js";
import { type Child, startChild } from "./child.js";
import type { InstanceProcess } from "./server/instance.js";
import type { Stage } from "./stage.js";

/** One server process of a deployment. */
export type Instance = Child<InstanceProcess> & { url: string; port: number };

/** Starts server processes over one database, lets them be used, and ends them however that went. */
export async function withInstances<T>(
  stage: Stage,
  { database, count, settings = {} }: { database: string; count: number; settings?: Partial<Config> },
  use: (instances: readonly Instance[], config: Config) => Promise<T>,
): Promise<T> {
  const config: Config = {
    ...parseConfig({ PORT: "0", LOG_LEVEL: "error", RATE_LIMITS: "off", PLAYGROUND: "off" }),
    jwtSecret: stage.secret,
    mongodbUri: stage.database.uri(database),
    ...settings,
  };
  const children = Array.from({ length: count }, () => startChild<InstanceProcess>("server/instance.ts"));
  try {
    const opened = await Promise.all(children.map((child) => child.ask("open", config)));
    await Promise.all(children.map((child) => child.ask("untilFresh", undefined)));
    return await use(
      children.map((child, index) => ({ ...child, ...opened[index]! })),
      config,
    );
  } finally {
    await Promise.all(children.map((child) => child.end()));
  }
}
