import type { Sabotage } from "../../../src/auth-state/leases.js";
import type { Config } from "../../../src/config.js";
import { type ServerProcess, startServerProcess } from "../../support/server-process.js";

/** One server of the fleet, which may be stopped, continued, ended and started again. */
export type Instance = {
  name: string;
  /** The address of loopback that it comes from, which is its name for the proxies. */
  address: string;
  /** Of the process that runs now, or ran last. */
  url(): string;
  process(): ServerProcess;
  isRunning(): boolean;
  /** What a balancer would know of it: whether to ask it at all. */
  isInDoubt: boolean;
  /** Resolves when it is ready for use. */
  start(): Promise<void>;
  /** SIGTERM lets it drain. */
  end(signal?: "SIGKILL" | "SIGTERM"): Promise<void>;
};

/** An instance that is not started yet. @param config with everything but where the database is */
export function createInstance({
  name,
  address = "127.0.0.1",
  uri,
  config,
  sabotage,
}: {
  name: string;
  address?: string;
  uri: string;
  config: Config;
  sabotage?: Sabotage | undefined;
}): Instance {
  let running: ServerProcess | null = null;
  let last: ServerProcess | null = null;
  const processNow = () => {
    if (!running) throw new Error(`${name} does not run.`);
    return running;
  };
  const instance: Instance = {
    name,
    address,
    url: () => (running ?? last)?.url ?? "",
    process: processNow,
    isRunning: () => running !== null,
    isInDoubt: false,
    async start() {
      if (running) return;
      running = await startServerProcess({ ...config, mongodbUri: uri }, { sabotage });
      last = running;
      instance.isInDoubt = false;
    },
    async end(signal = "SIGKILL") {
      const ending = processNow();
      instance.isInDoubt = true;
      running = null;
      await ending.end(signal);
    },
  };
  return instance;
}
