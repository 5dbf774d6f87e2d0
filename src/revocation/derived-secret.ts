import { createSecretKey, hkdfSync } from "node:crypto";
import { LRUCache } from "lru-cache";
import { literal } from "../sessions/roll.js";
import { newId } from "../tokens/claims.js";
import type { Keys } from "../tokens/keys.js";
import type { Strategy } from "./strategy.js";

const keysRemembered = 10_000;

/**
 * The key of a user's tokens is derived (HKDF-SHA-256, RFC 5869) from the deployment's key, a string for everybody and one of the user:
 * replaced, either ends the tokens that were signed before. The user is read before the signature is known.
 */
export function derivedSecret({ keys }: { keys: Keys }): Strategy {
  const root = keys.derive("muster access token");
  const derived = new LRUCache<string, ReturnType<typeof createSecretKey>>({ max: keysRemembered });
  return {
    name: "derived-secret",
    capabilities: ["ALL_SESSIONS", "BY_TIME", "EVERYTHING"],
    fields: ["tokenSecret"],
    judge: () => null,
    endsAll: () => ({ tokenSecret: literal(newId()) }),
    verificationKey({ tokenSecret = "", system }) {
      // both have one length or none, so no two pairs read alike
      const salt = `${system.tokenSecret}.${tokenSecret}`;
      const known = derived.get(salt);
      if (known) return known;
      const key = createSecretKey(Buffer.from(hkdfSync("sha256", root, salt, "muster user's access tokens", 32)));
      derived.set(salt, key);
      return key;
    },
  };
}
