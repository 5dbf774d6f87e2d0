import { createHash } from "node:crypto";
import { MusterError, type Reason } from "../errors.js";
import { addressKey } from "./address-key.js";
import { createAttemptCounter } from "./attempt-counter.js";

/** Attempts allowed in a window of so many seconds. */
export type Limit = { limit: number; windowSeconds: number };

/**
 * Failed logins of one address with one e-mail address: room for someone who tries all the passwords they ever had, and some
 * 350,000 guesses a year for a guesser, against passwords that the blocklist has cleared of the likely ones.
 */
export const loginPairLimit: Limit = { limit: 10, windowSeconds: 900 };

/** Failed logins of one address: a whole office's typing errors fit, a list of stolen passwords does not. */
export const loginAddressLimit: Limit = { limit: 100, windowSeconds: 900 };

/** Sign-ups of one address, taken e-mail addresses included, for they tell who has an account: a class may sign up at once. */
export const signupLimit: Limit = { limit: 30, windowSeconds: 3600 };

/** Wrong current passwords of one user: whoever finds an open session can't guess on with it. */
export const passwordChangeLimit: Limit = { limit: 10, windowSeconds: 900 };

/** One attempt that has been counted as a failure. The first of the two calls counts; further ones do nothing. */
export type Attempt = {
  /** The password was right: what failed before it, here and for this user, is forgiven. */
  succeeded(): Promise<void>;
  /** No password was compared (the store or the hasher had no answer): as if it had not been made. */
  givenUp(): Promise<void>;
};

/**
 * Limits guessing. Each call counts one attempt, before any password is hashed, so that guesses sent all at once count too,
 * and aliases one by one; what is refused counts nothing further. No limit goes by the e-mail address alone: failures from
 * elsewhere never keep a user out.
 *
 * NOTE: each server process counts for itself, and forgets when it ends.
 * NOTE: all who share an address share its limit: behind a proxy `TRUST_PROXY` must be set.
 */
export type Attempts = {
  /** Throws `TOO_MANY_LOGINS` (429, `retryAfterSeconds`). */
  login(who: { email: string; ip: string | null | undefined }): Promise<Attempt>;
  /** Call it once the input has been found good. Throws `TOO_MANY_SIGNUPS` (429, `retryAfterSeconds`). */
  signup(who: { ip: string | null | undefined }): Promise<void>;
  /** Throws `TOO_MANY_LOGINS` (429, `retryAfterSeconds`). */
  passwordChange(who: { userId: string }): Promise<Attempt>;
};

/** `now` is in milliseconds; with `enabled: false` nothing is counted and nothing refused. */
export function createAttempts({ enabled, now }: { enabled: boolean; now: () => number }): Attempts {
  if (!enabled) return unlimited;

  const loginPairs = createAttemptCounter({ ...loginPairLimit, now });
  const loginAddresses = createAttemptCounter({ ...loginAddressLimit, now });
  const signups = createAttemptCounter({ ...signupLimit, now });
  const passwordChanges = createAttemptCounter({ ...passwordChangeLimit, now });

  return {
    async login({ email, ip }) {
      const address = addressKey(ip);
      const pair = digest(`${address} ${email}`);
      refuseBeyond("TOO_MANY_LOGINS", loginAddresses.secondsUntilFree(address), loginPairs.secondsUntilFree(pair));
      const takeBackOfAddress = loginAddresses.count(address);
      const takeBackOfPair = loginPairs.count(pair);
      return attempt({
        onSuccess() {
          takeBackOfAddress();
          loginPairs.forget(pair);
        },
        onGivenUp() {
          takeBackOfAddress();
          takeBackOfPair();
        },
      });
    },

    async signup({ ip }) {
      const address = addressKey(ip);
      refuseBeyond("TOO_MANY_SIGNUPS", signups.secondsUntilFree(address));
      signups.count(address);
    },

    async passwordChange({ userId }) {
      const user = digest(userId);
      refuseBeyond("TOO_MANY_LOGINS", passwordChanges.secondsUntilFree(user));
      const takeBack = passwordChanges.count(user);
      return attempt({ onSuccess: () => passwordChanges.forget(user), onGivenUp: takeBack });
    },
  };
}

const unlimited: Attempts = {
  login: async () => ({ succeeded: async () => {}, givenUp: async () => {} }),
  signup: async () => {},
  passwordChange: async () => ({ succeeded: async () => {}, givenUp: async () => {} }),
};

function refuseBeyond(reason: Reason, ...secondsUntilFree: number[]): void {
  const retryAfterSeconds = Math.max(...secondsUntilFree);
  if (retryAfterSeconds > 0) throw new MusterError(reason, { retryAfterSeconds });
}

function attempt({ onSuccess, onGivenUp }: { onSuccess: () => void; onGivenUp: () => void }): Attempt {
  let isSettled = false;
  const once = (act: () => void) => async () => {
    if (!isSettled) act();
    isSettled = true;
  };
  return { succeeded: once(onSuccess), givenUp: once(onGivenUp) };
}

/** Keeps keys short, and e-mail addresses out of a dump of the memory. */
function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}
