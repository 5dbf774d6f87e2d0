import { availableParallelism } from "node:os";
import { hash as argon2Hash, verify as argon2Verify } from "@node-rs/argon2";
import { makeDummyHash } from "./dummy-hash.js";
import { checkParameters, defaultParameters, type HashParameters, parseHash } from "./parameters.js";
import { createQueue } from "./queue.js";

/**
 * Makes and checks argon2id hashes (RFC 9106). All but `needsRehash` wait their turn, and reject with `TOO_MANY_LOGINS`
 * (429, with `retryAfterSeconds`) when too many wait already. They take passwords as `parseNewPassword` and
 * `normalizePassword` return them.
 */
export type Hasher = {
  /** Makes a hash in PHC string format, with a salt of its own. */
  hash(password: string): Promise<string>;
  /**
   * Whether the password is the one that was hashed; false for a hash that is malformed or none of argon2's, after as much
   * work as for a good one. The empty password is never right.
   */
  verify(hash: string, password: string): Promise<boolean>;
  /** Costs what `verify` costs for a user that exists, and is always false. */
  verifyDummy(password: string): Promise<false>;
  /** Whether the hash was not made as this hasher makes them: hash again while the password is at hand. */
  needsRehash(hash: string): boolean;
};

export type HasherOptions = Partial<HashParameters> & {
  /** How many hashes are computed at a time; one less than the cores (but one) leaves a core to the queries. */
  concurrency?: number;
  /** How many more may wait. */
  waiting?: number;
};

/**
 * Makes the hasher of one server process. Throws a TypeError for parameters that argon2 can't work with.
 *
 * NOTE: the hashes run on libuv's thread pool, which has four threads unless UV_THREADPOOL_SIZE says otherwise.
 * NOTE: a user whose hash has other parameters than these takes another time to check than an unknown one, until the login
 * that hashes it again.
 */
export function createHasher({
  memoryKiB = defaultParameters.memoryKiB,
  timeCost = defaultParameters.timeCost,
  parallelism = defaultParameters.parallelism,
  concurrency = Math.max(1, availableParallelism() - 1),
  waiting = 256,
}: HasherOptions = {}): Hasher {
  const parameters: HashParameters = { memoryKiB, timeCost, parallelism };
  checkParameters(parameters);
  if (!Number.isInteger(concurrency) || concurrency < 1) throw new TypeError("`concurrency` must be 1 or more.");
  if (!Number.isInteger(waiting) || waiting < 0) throw new TypeError("`waiting` must be 0 or more.");

  // A core makes some fifty hashes a second: this is when a full queue has emptied.
  const retryAfterSeconds = Math.max(1, Math.ceil(waiting / (50 * concurrency)));
  const enqueue = createQueue({ concurrency, waiting, retryAfterSeconds });
  const dummyHash = makeDummyHash(parameters);
  const options = { memoryCost: memoryKiB, timeCost, parallelism };

  return {
    hash: (password) => enqueue(() => argon2Hash(password, options)),

    async verify(hash, password) {
      const isUsable = parseHash(hash) !== null;
      const isRight = await enqueue(() => argon2Verify(isUsable ? hash : dummyHash, password));
      return isUsable && password !== "" && isRight;
    },

    async verifyDummy(password) {
      await enqueue(() => argon2Verify(dummyHash, password));
      return false;
    },

    needsRehash(hash) {
      const stored = parseHash(hash);
      return (
        stored === null ||
        !stored.isCurrentForm ||
        stored.memoryKiB !== memoryKiB ||
        stored.timeCost !== timeCost ||
        stored.parallelism !== parallelism
      );
    },
  };
}
