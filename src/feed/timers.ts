import { setTimeout as delay, setImmediate as immediately } from "node:timers/promises";

/** Waiting, as far as the feed does it; tests bring their own. */
export type Timers = {
  /** Resolves after `ms` milliseconds, or rejects when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

export const systemTimers: Timers = {
  sleep: (ms, signal) => (ms < 1 ? immediately(undefined, { signal }) : delay(ms, undefined, { signal })),
};
