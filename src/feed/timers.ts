/** Waiting, as far as the feed does it; tests bring their own. */
export type Timers = {
  /** Resolves after `ms` milliseconds, or rejects when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};
