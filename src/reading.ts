import type { AuthStateSources } from "./auth-state/auth-state.js";
import type { AuthenticateOptions } from "./authenticate.js";
import type { Clock } from "./clock.js";
import { createKeptReader, refusingOpaque } from "./revocation/read-kept.js";
import type { Strategy } from "./revocation/strategy.js";
import { createUnprovedReads } from "./revocation/unproved-reads.js";
import type { Keys } from "./tokens/keys.js";
import type { OpaqueTokens } from "./tokens/opaque-token.js";
import { rememberVerified } from "./tokens/remember-verified.js";
import { createReader, createVerifier, isSignedWith, parseClaims, type VerifierOptions } from "./tokens/verify.js";

const tokensRemembered = 50_000;

/**
 * How tokens are read: with the deployment's key at once; where each user has a key of its own, in two steps; where they are kept in a
 * store, from there.
 */
export function createReading({
  keys,
  opaque,
  strategy: { verificationKey, kept },
  sources,
  clock,
  verifying,
}: {
  keys: Keys;
  opaque: OpaqueTokens;
  strategy: Strategy;
  sources: AuthStateSources;
  clock: Clock;
  verifying: VerifierOptions;
}): Pick<AuthenticateOptions, "read" | "isSignedFor" | "sources"> {
  if (!verificationKey) {
    const remembering = rememberVerified(createVerifier(verifying), { max: tokensRemembered, now: clock.now });
    const verify = refusingOpaque(remembering, opaque);
    if (!kept) return { read: verify, sources };
    const parse = (record: Record<string, unknown>) =>
      parseClaims(record, { ...verifying, jtiPattern: kept.idPattern });
    return { read: createKeptReader({ kept, opaque, verify, parse, ask: sources.at(-1)!, now: clock.now }), sources };
  }
  const unproved = createUnprovedReads({ nowMs: clock.now });
  // memory, and a read that is on its way for somebody else, cost nothing
  const [remembered, joined, ...reads] = sources;
  return {
    read: refusingOpaque(createReader(verifying), opaque),
    isSignedFor(token, state) {
      const key = state && verificationKey({ tokenSecret: state.own.tokenSecret, system: state.system });
      if (!state || !key || !isSignedWith(token, key, keys)) return false;
      unproved.proved(state);
      return true;
    },
    sources: [remembered!, joined!, ...reads.map(unproved.counted)],
  };
}
