import type { AuthState, AuthStateSource } from "../auth-state/auth-state.js";
import { MusterError } from "../errors.js";

/** How many reads a second may go to tokens that then turn out not to be ours. */
const mostUnproved = 200;

/**
 * Bounds what tokens can cost whose signature is looked at only after a read: who sends made-up ones gets so many reads a second, and then
 * everybody whose user is not in memory is told to come again. A read that was for a good token does not count.
 */
export function createUnprovedReads({ nowMs }: { nowMs: () => number }) {
  let second = 0;
  let spent = 0;
  const unproved = new WeakSet<AuthState>();

  function take(): void {
    const now = Math.floor(nowMs() / 1_000);
    if (now !== second) [second, spent] = [now, 0];
    if (spent >= mostUnproved)
      throw new MusterError("STORE_UNREACHABLE", { cause: new Error("too many tokens that are not ours") });
    spent++;
  }

  return {
    /** A source whose reads count. @throws MusterError `STORE_UNREACHABLE` where too many were for nothing */
    counted:
      (source: AuthStateSource): AuthStateSource =>
      async (...asked) => {
        take();
        const state = await source(...asked);
        if (state) unproved.add(state);
        return state;
      },
    /** The read that this state came with was for a good token. */
    proved(state: AuthState): void {
      if (unproved.delete(state)) spent = Math.max(0, spent - 1);
    },
  };
}
