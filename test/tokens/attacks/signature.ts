import type { Keys } from "../../../src/tokens/keys.js";
import { type Content, forge, noise, seal, segment } from "../forge.js";
import { type Attack, goodHeader, refusedBy, type Target } from "./attack.js";

/** Good forms that the key did not sign. */
export function signatureAttacks({ keys, good, goodClaims }: Target): Attack[] {
  const [header = "", payload = "", signature = ""] = good.split(".");
  const bytes = Buffer.from(signature, "base64url");
  const input = `${header}.${payload}`;
  const sealed = (content: Buffer) => `${input}.${content.toString("base64url")}`;
  const flipped = Buffer.from(bytes);
  flipped[0] = (flipped[0] ?? 0) ^ 1;
  return refusedBy("signature", [
    ["one bit of the signature turned", sealed(flipped)],
    ["a signature of zeros", sealed(Buffer.alloc(bytes.length))],
    ["a signature of ones", sealed(Buffer.alloc(bytes.length, 255))],
    ["a made-up signature", sealed(noise(bytes.length))],
    ["half of the signature", sealed(bytes.subarray(0, bytes.length / 2))],
    ["the signature without its last byte", sealed(bytes.subarray(0, -1))],
    ["the signature with a byte more", sealed(Buffer.concat([bytes, Buffer.alloc(1)]))],
    ["the signature with a zero before it", sealed(Buffer.concat([Buffer.alloc(1), bytes]))],
    ["the signature twice", sealed(Buffer.concat([bytes, bytes]))],
    ["the signature in hexadecimal", `${input}.${bytes.toString("hex")}`],
    ["the signature encoded twice", `${input}.${segment(signature)}`],
    ["the payload as its own signature", `${input}.${payload}`],
    ["a signature over the payload alone", sealed(seal(payload, keys.algorithm, keys.signingKey))],
    ["a signature over the decoded text", sealed(seal(unsegment(input), keys.algorithm, keys.signingKey))],
    ["the signature of another token", forgeClaims(keys, { ...goodClaims, exp: goodClaims.exp - 1 }, payload)],
    [
      "another user's id under the old signature",
      `${header}.${segment({ ...goodClaims, sub: "0".repeat(24) })}.${signature}`,
    ],
    [
      "a later expiry under the old signature",
      `${header}.${segment({ ...goodClaims, exp: goodClaims.exp + 1 })}.${signature}`,
    ],
    ["another header under the old signature", `${segment({ ...goodHeader(keys), kid: "x" })}.${payload}.${signature}`],
    ["header and payload changed about", `${payload}.${header}.${signature}`],
    ["everything in upper case", good.toUpperCase()],
    ["the alphabet turned about", [...good].map((c) => (/[a-z]/.test(c) ? c.toUpperCase() : c.toLowerCase())).join("")],
    ["an empty key", forge(goodHeader(keys), goodClaims, "HS256", Buffer.alloc(0))],
    ["a key of zeros", forge(goodHeader(keys), goodClaims, "HS256", Buffer.alloc(32))],
    ["the kid as the key", forge(goodHeader(keys), goodClaims, "HS256", keys.kid)],
    ["a well-known word as the key", forge(goodHeader(keys), goodClaims, "HS256", "secret")],
    ["a key derived for another use", forge(goodHeader(keys), goodClaims, "HS256", keys.derive("test"))],
  ]);
}

/** A token whose signature belongs to `claims`, but whose payload is another. */
function forgeClaims(keys: Keys, claims: Content, payload: string): string {
  const [header, , signature] = forge(goodHeader(keys), claims, keys.algorithm, keys.signingKey).split(".");
  return `${header}.${payload}.${signature}`;
}

function unsegment(input: string): string {
  const [header = "", payload = ""] = input.split(".");
  return `${Buffer.from(header, "base64url")}.${Buffer.from(payload, "base64url")}`;
}
