import { createHash, type KeyObject } from "node:crypto";

/** A public key for verifying access tokens, as RFC 7517 writes it. */
export type PublicJwk = {
  kid: string;
  use: "sig";
  alg: string;
} & PublicParameters;

/** What a public key is: its type and numbers (RFC 7518 section 6), in the order that its thumbprint needs. */
export type PublicParameters = { crv: string; kty: "EC"; x: string; y: string } | { e: string; kty: "RSA"; n: string };

/** Takes the public numbers out of an RSA or EC key, and nothing else. Throws `TypeError` for any other kind. */
export function publicParameters(publicKey: KeyObject): PublicParameters {
  const { kty, crv, x, y, e, n } = publicKey.export({ format: "jwk" });
  if (kty === "EC" && crv && x && y) return { crv, kty, x, y };
  if (kty === "RSA" && e && n) return { e, kty, n };
  throw new TypeError("Only RSA and EC keys have a public form here.");
}

/** The SHA-256 thumbprint of a public key, in base64url (RFC 7638): its `kid`. */
export function thumbprint(key: PublicParameters): string {
  // Members in lexicographic order and nothing beside them, whatever else the object carries.
  const members =
    key.kty === "EC" ? { crv: key.crv, kty: key.kty, x: key.x, y: key.y } : { e: key.e, kty: key.kty, n: key.n };
  return createHash("sha256").update(JSON.stringify(members)).digest("base64url");
}
