import { generateKeyPairSync, type KeyObject } from "node:crypto";
import type { AccessClaims } from "../../src/tokens/claims.js";
import { newId } from "../../src/tokens/claims.js";
import { issueAccessToken } from "../../src/tokens/issue.js";
import { createKeys, type Keys } from "../../src/tokens/keys.js";
import { createVerifier, type VerifierOptions } from "../../src/tokens/verify.js";

export const secret = "a secret of more than thirty-two bytes";

export function rsaPem(modulusLength = 2048): string {
  return toPem(generateKeyPairSync("rsa", { modulusLength }).privateKey);
}

export function ecPem(namedCurve = "P-256"): string {
  return toPem(generateKeyPairSync("ec", { namedCurve }).privateKey);
}

export function toPem(key: KeyObject, type: "pkcs8" | "pkcs1" | "sec1" = "pkcs8"): string {
  return String(key.export({ type, format: "pem" } as { type: "pkcs8"; format: "pem" }));
}

/** One set of keys for each algorithm. */
export const allKeys: Keys[] = [
  createKeys({ secret }),
  createKeys({ privateKeyPem: rsaPem() }),
  createKeys({ privateKeyPem: ecPem() }),
];

/** Half a second after a whole one, so that rounding shows. */
export const present = Date.UTC(2030, 0, 1) + 500;
export const accessTokenSeconds = 900;
export const issuer = "https://auth.example";
export const audience = "muster";

/** A token just made, and its claims. */
export function goodToken(keys: Keys): { good: string; goodClaims: AccessClaims } {
  const issuedAt = new Date(present);
  const content = {
    issuer,
    audience,
    sub: "65a1b2c3d4e5f60718293a4b",
    sid: newId(),
    jti: newId(),
    issuedAt,
    expiresAt: new Date(present + accessTokenSeconds * 1000),
    authTime: new Date(present - 5000),
    sys: 3,
  };
  const good = issueAccessToken(keys, content);
  return { good, goodClaims: JSON.parse(Buffer.from(good.split(".")[1] ?? "", "base64url").toString()) };
}

/** The verifier that the good token is meant for. */
export function verifierOf(keys: Keys, options: Partial<VerifierOptions> = {}) {
  const isSubject = (text: string) => /^[0-9a-f]{24}$/.test(text);
  return createVerifier({ keys, issuer, audience, accessTokenSeconds, isSubject, now: () => present, ...options });
}
