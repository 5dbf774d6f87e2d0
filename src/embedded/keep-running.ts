import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../log.js";
import { type RunOptions, runMongod } from "./run-mongod.js";

export type KeepRunningOptions = Omit<RunOptions, "onDeath"> & {
  log: Log;
  /** Whether the data are still this process's to run a database on. */
  isCurrent: () => Promise<boolean>;
};

const longestWaitMs = 10_000;

/**
 * Runs a mongod and starts it again, on the same port, whenever it ends by itself.
 * @throws EmbeddedError where the first start fails
 */
export async function keepRunning({
  log,
  isCurrent,
  ...options
}: KeepRunningOptions): Promise<{ stop(): Promise<void> }> {
  let stopped = false;
  let restarted: Promise<void> = Promise.resolve();
  const run = () =>
    runMongod({
      ...options,
      onDeath: (how) => {
        log.error({ how }, "the embedded database ended by itself: starting it again");
        restarted = restart();
      },
    });
  let running = await run();

  async function restart() {
    for (let waitMs = 200; !stopped; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
      await delay(waitMs);
      if (stopped || !(await isCurrent())) return;
      try {
        running = await run();
        log.info({ port: options.port }, "the embedded database is back");
        return;
      } catch (error) {
        log.error({ problem: (error as Error).message }, "the embedded database did not start again");
      }
    }
  }

  return {
    async stop() {
      stopped = true;
      await restarted;
      await running.stop();
    },
  };
}
