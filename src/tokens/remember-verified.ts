import { LRUCache } from "lru-cache";
import type { AccessClaims } from "./claims.js";
import type { Verifier } from "./verify.js";

/**
 * Spares verifying a signature that was verified before. The key is the whole text, so nothing else ever comes under it, and what is
 * remembered is only what verification said: the expiry is looked at each time, and whether the token is revoked is asked after it.
 */
export function rememberVerified(verify: Verifier, { max, now }: { max: number; now: () => number }): Verifier {
  const verified = new LRUCache<string, AccessClaims>({ max });
  return (token) => {
    const claims = verified.get(token);
    if (claims && now() < claims.exp * 1_000) return claims;
    verified.delete(token);
    const fresh = verify(token);
    verified.set(token, fresh);
    return fresh;
  };
}
