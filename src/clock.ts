/**
 * The time that lifetimes are measured by. What orders a token against a revocation never comes from here:
 * that is the database's clock (`$$NOW`) or a counter.
 */
export type Clock = {
  /** Milliseconds since the epoch, `aheadMs` included. */
  now(): number;
  /** How far this clock has been moved ahead of real time, in milliseconds; added to `$$NOW` where lifetimes are written. */
  aheadMs(): number;
};

/** The clock of every server that is not a test. */
export const systemClock: Clock = { now: () => Date.now(), aheadMs: () => 0 };

/** A clock that tests move forward to let tokens and sessions run out. */
export type MovableClock = Clock & {
  /** Moves the clock ahead by `ms` milliseconds. */
  advance(ms: number): void;
};

export function createMovableClock(): MovableClock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    aheadMs: () => ahead,
    advance: (ms) => {
      ahead += ms;
    },
  };
}

/** How far apart the clocks of instances and database may be: what ends tokens is kept for so much longer than the tokens live. */
export const clocksApartMs = 600_000;
