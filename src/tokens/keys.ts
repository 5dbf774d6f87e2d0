import { createPrivateKey, createPublicKey, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import { type PublicJwk, publicParameters, thumbprint } from "./jwk.js";

/** What the deployment signs with: a text of 32 bytes or more, or an RSA or P-256 private key in PEM. */
export type KeyMaterial = { secret: string } | { privateKeyPem: string };

/** The deployment's key, ready for use: its `KeyObject`s are made once, for parsing a key costs more than using it. */
export type Keys = {
  /** The one algorithm this key signs and verifies with (RFC 7518 section 3); never chosen by a token's header. */
  readonly algorithm: "HS256" | "RS256" | "ES256";
  /** Names this key in a token's header: its RFC 7638 thumbprint, or, for a secret, a value derived from it. */
  readonly kid: string;
  readonly signingKey: KeyObject;
  readonly verifyingKey: KeyObject;
  /** The public key as a JWK Set (RFC 7517 section 5), or null where the key is a shared secret. */
  jwks(): { keys: PublicJwk[] } | null;
  /**
   * A key of 32 bytes for another use, by HKDF-SHA-256 (RFC 5869) from the secret, or from the private key's PKCS#8
   * DER. `info` names the use: one string each, never shared.
   */
  derive(info: string): Buffer;
};

const shortestSecretBytes = 32;
const shortestRsaBits = 2048;

/**
 * Makes the deployment's keys: HS256 for a secret, RS256 for an RSA key, ES256 for a P-256 key (RFC 7518 sections 3.2
 * to 3.4). Throws `TypeError`, with one sentence and nothing of the key in it, for a key that is too short, of
 * another kind or unreadable.
 */
export function createKeys(material: KeyMaterial): Keys {
  const { secret, privateKeyPem } = material as { secret?: unknown; privateKeyPem?: unknown };
  if ((secret === undefined) === (privateKeyPem === undefined)) {
    throw new TypeError("Tokens are signed with a secret or with a private key: give exactly one of them.");
  }
  return secret === undefined ? fromPrivateKey(privateKeyPem) : fromSecret(secret);
}

function fromSecret(secret: unknown): Keys {
  if (typeof secret !== "string") throw new TypeError("The secret must be text.");
  const bytes = Buffer.from(secret, "utf8");
  if (bytes.length < shortestSecretBytes) {
    throw new TypeError(`The secret must have at least ${shortestSecretBytes} bytes.`);
  }
  if (bytes.toString("utf8") !== secret) throw new TypeError("The secret must be well-formed Unicode text.");
  const key = createSecretKey(bytes);
  const derive = deriveFrom(key);
  return {
    algorithm: "HS256",
    kid: derive("muster: kid").subarray(0, 16).toString("base64url"),
    signingKey: key,
    verifyingKey: key,
    jwks: () => null,
    derive,
  };
}

function fromPrivateKey(pem: unknown): Keys {
  const signingKey = readPrivateKey(pem);
  const verifyingKey = createPublicKey(signingKey);
  const algorithm = algorithmOf(verifyingKey);
  const parameters = publicParameters(verifyingKey);
  const kid = thumbprint(parameters);
  return {
    algorithm,
    kid,
    signingKey,
    verifyingKey,
    jwks: () => ({ keys: [{ kid, use: "sig", alg: algorithm, ...parameters }] }),
    derive: deriveFrom(createSecretKey(signingKey.export({ type: "pkcs8", format: "der" }))),
  };
}

function readPrivateKey(pem: unknown): KeyObject {
  if (typeof pem !== "string") throw new TypeError("The private key must be PEM text.");
  try {
    return createPrivateKey({ key: pem, format: "pem" });
  } catch {
    throw new TypeError("The private key cannot be read: it must be an unencrypted private key in PEM.");
  }
}

function algorithmOf(key: KeyObject): "RS256" | "ES256" {
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === "rsa") {
    if (modulusLength >= shortestRsaBits) return "RS256";
    throw new TypeError(`An RSA key must have at least ${shortestRsaBits} bits.`);
  }
  if (key.asymmetricKeyType === "ec" && namedCurve === "prime256v1") return "ES256";
  throw new TypeError("The private key must be an RSA key or one on the curve P-256.");
}

function deriveFrom(key: KeyObject): Keys["derive"] {
  return (info) => Buffer.from(hkdfSync("sha256", key, "", info, 32));
}
