/**
 * How long an answer may take, in milliseconds from the request's arrival.
 *
 * Every operation of the store has a time limit of its own and answers an outage within 3 seconds by itself; these limits stand
 * behind those. A query that takes longer than `query` is given up as *unknown*. A mutation may wait until 256 others have had their
 * passwords hashed, so it has `mutation`: cut earlier, it would be reported as unknown while it is about to succeed.
 */
export const deadlines = { query: 2_800, mutation: 20_000 } as const;

/** A limit on one answer. */
export type Deadline = {
  /** Resolves when the time is up. */
  readonly expired: Promise<typeof expired>;
  /** Moves the end to `ms` after the start. */
  extendTo(ms: number): void;
  /** Stops the clock: the answer is there. */
  clear(): void;
};

/** What `Deadline.expired` resolves to. */
export const expired = Symbol("expired");

export function startDeadline(ms: number): Deadline {
  const startedAt = performance.now();
  let timer: NodeJS.Timeout;
  let ring: () => void;
  const done = new Promise<typeof expired>((resolve) => {
    ring = () => resolve(expired);
    timer = setTimeout(ring, ms);
  });
  return {
    expired: done,
    extendTo(total) {
      clearTimeout(timer);
      timer = setTimeout(ring, Math.max(0, total - (performance.now() - startedAt)));
    },
    clear: () => clearTimeout(timer),
  };
}
