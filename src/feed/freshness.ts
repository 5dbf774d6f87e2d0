/** One moment by two clocks: one that never jumps but may sleep, and one that may jump but never sleeps. */
export type Moment = { monotonicMs: number; wallMs: number };

export const systemMoment = (): Moment => ({ monotonicMs: performance.now(), wallMs: Date.now() });

/** How long memory may still be used without asking the database. */
export type Freshness = {
  /** Everything that was committed before this moment has been applied. */
  prove(moment: Moment): void;
  /** Nothing is proved any more. */
  lapse(): void;
  /** Milliseconds that are left of the lease; 0 when it has run out. */
  freshForMs(): number;
  /** Milliseconds since the last proof; Infinity before the first one. */
  ageMs(): number;
};

/**
 * The lease (Gray and Cheriton). Of two clocks the one that says that more time has passed counts: a paused process, a resumed virtual
 * machine and a clock that was set forward all show as not fresh.
 */
export function createFreshness({ leaseMs, moment }: { leaseMs: number; moment: () => Moment }): Freshness {
  let proved: Moment | null = null;
  const ageMs = () => {
    if (!proved) return Number.POSITIVE_INFINITY;
    const now = moment();
    return Math.max(now.monotonicMs - proved.monotonicMs, now.wallMs - proved.wallMs);
  };
  return {
    prove(at) {
      if (!proved || at.monotonicMs > proved.monotonicMs) proved = at;
    },
    lapse() {
      proved = null;
    },
    ageMs,
    freshForMs: () => Math.max(0, leaseMs - ageMs()),
  };
}
