import { parseOptions } from "@node-rs/argon2";

/** What an argon2id hash costs to make (RFC 9106): memory in KiB, passes over it, lanes. */
export type HashParameters = {
  memoryKiB: number;
  timeCost: number;
  parallelism: number;
};

/** 19 MiB, two passes, one lane: about 17 ms of one core, and what OWASP's cheat sheet asks for at least. */
export const defaultParameters: HashParameters = { memoryKiB: 19_456, timeCost: 2, parallelism: 1 };

/** Whether hashes made so are as strong as the default or stronger: production takes nothing less. */
export function isProductionStrength({ memoryKiB, timeCost, parallelism }: HashParameters): boolean {
  return (
    memoryKiB >= defaultParameters.memoryKiB &&
    timeCost >= defaultParameters.timeCost &&
    parallelism >= defaultParameters.parallelism
  );
}

/** Throws a TypeError where argon2 could not work with the parameters (RFC 9106, section 3.1). */
export function checkParameters({ memoryKiB, timeCost, parallelism }: HashParameters): void {
  const good =
    Number.isInteger(parallelism) &&
    parallelism >= 1 &&
    parallelism <= 255 &&
    Number.isInteger(timeCost) &&
    timeCost >= 1 &&
    timeCost <= most.timeCost &&
    Number.isInteger(memoryKiB) &&
    memoryKiB >= 8 * parallelism &&
    memoryKiB <= most.memoryKiB;
  if (!good) throw new TypeError("These argon2id parameters are not ones that passwords can be hashed with.");
}

export type StoredParameters = HashParameters & {
  /** argon2id of the current version, with a salt and a digest as long as ours; argon2i and argon2d are not. */
  isCurrentForm: boolean;
};

// What one check may cost: a hash that came from elsewhere must not take all memory, or a core for minutes.
const most = { memoryKiB: 1_048_576, timeCost: 64 };

// `Algorithm` and `Version` of @node-rs/argon2 are ambient const enums, which can't be imported here.
const argon2id = 2;
const version0x13 = 1;

/**
 * Reads the parameters of a stored argon2 hash (PHC string format), or null where it is none that a password can be checked
 * against: malformed, another algorithm (bcrypt), or dearer than 1 GiB or 64 passes. Never throws.
 */
export function parseHash(hash: string): StoredParameters | null {
  try {
    const stored = parseOptions(hash);
    if (stored.memoryCost > most.memoryKiB || stored.timeCost > most.timeCost) return null;
    return {
      memoryKiB: stored.memoryCost,
      timeCost: stored.timeCost,
      parallelism: stored.parallelism,
      isCurrentForm:
        stored.algorithm === argon2id &&
        stored.version === version0x13 &&
        stored.outputLen >= 32 &&
        stored.saltLen >= 16,
    };
  } catch {
    // It says "no" by throwing, and says nothing else.
    return null;
  }
}
