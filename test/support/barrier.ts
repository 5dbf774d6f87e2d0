import type { Seams } from "../../src/assemble.js";

/** Requests that are held at one place. */
export type Held = {
  /** Resolves when as many as were asked for stand there. Rejects when they do not come. */
  arrived: Promise<void>;
  /** Lets them go on. */
  release(): void;
};

/** Holds requests at named places, so that a race is run in the order that a test wants. */
export type Barrier = {
  /** Holds the next `count` requests that come to `place`; whoever comes after them passes. */
  hold(place: string, count: number): Held;
  /** Called where requests come by: resolves when this one may go on. */
  pass(place: string): Promise<void>;
  releaseAll(): void;
};

const patienceMs = 15_000;

/**
 * The places are `verify` and `hash`, inside the hashing of a password, and the names of the writes: `login`, `refresh`,
 * `change-password`, … A request at a write has read everything that it decides by.
 */
export function createBarrier(): Barrier {
  const holds = new Set<{ place: string; room: number; enter(): Promise<void>; release(): void }>();

  return {
    hold(place, count) {
      const open = promiseToKeep();
      const full = promiseToKeep();
      const timer = setTimeout(
        () => full.fail(new Error(`${count - hold.room} of ${count} came to "${place}".`)),
        patienceMs,
      );
      const hold = {
        place,
        room: count,
        enter() {
          this.room -= 1;
          if (this.room === 0) full.keep();
          return open.promise;
        },
        release() {
          clearTimeout(timer);
          holds.delete(hold);
          open.keep();
        },
      };
      void full.promise.finally(() => clearTimeout(timer)).catch(() => {});
      holds.add(hold);
      return { arrived: full.promise, release: hold.release };
    },
    async pass(place) {
      for (const hold of holds) if (hold.place === place && hold.room > 0) return hold.enter();
    },
    releaseAll() {
      for (const hold of [...holds]) hold.release();
    },
  };
}

/** The barrier's places in a server: in the hash, and before each write. */
export function seamsOf({ pass }: Pick<Barrier, "pass">): Seams {
  return {
    beforeWrite: pass,
    hasher: (hasher) => ({
      ...hasher,
      async hash(password) {
        await pass("hash");
        return hasher.hash(password);
      },
      async verify(hash, password) {
        await pass("verify");
        return hasher.verify(hash, password);
      },
    }),
  };
}

function promiseToKeep() {
  let keep!: () => void;
  let fail!: (error: Error) => void;
  const promise = new Promise<void>((resolve, reject) => {
    keep = resolve;
    fail = reject;
  });
  return { promise, keep, fail };
}
