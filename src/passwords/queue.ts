import { MusterError } from "../errors.js";

/** Runs a job when it is its turn and settles as the job does; rejects with `TOO_MANY_LOGINS` when no place is left to wait in. */
export type Queue = <T>(job: () => Promise<T>) => Promise<T>;

/**
 * Lets `concurrency` jobs run at a time and `waiting` more wait, first come first served.
 *
 * A job that throws or rejects gives its place on like any other. Whether there is room is decided at the call itself, so
 * that a refused caller has cost nothing.
 */
export function createQueue({
  concurrency,
  waiting,
  retryAfterSeconds,
}: {
  concurrency: number;
  waiting: number;
  /** What a refused caller is told to wait, in whole seconds. */
  retryAfterSeconds: number;
}): Queue {
  const starts: (() => void)[] = [];
  let running = 0;

  function leave(): void {
    const next = starts.shift();
    // The place is handed over rather than freed: a newcomer can't slip in before those who wait.
    if (next) next();
    else running -= 1;
  }

  return async (job) => {
    if (running < concurrency) running += 1;
    else if (starts.length < waiting) await new Promise<void>((start) => starts.push(start));
    else throw new MusterError("TOO_MANY_LOGINS", { retryAfterSeconds });
    try {
      return await job();
    } finally {
      leave();
    }
  };
}
