import { constants, createHmac, type KeyObject, randomBytes, sign as signBytes } from "node:crypto";

/** What stands in a segment: text and bytes as they are, anything else as JSON. */
export type Content = unknown;

/** One segment of a JWS, in base64url. */
export function segment(content: Content): string {
  const bytes = Buffer.isBuffer(content) || typeof content === "string" ? content : JSON.stringify(content);
  return Buffer.from(bytes as string).toString("base64url");
}

/** The signature over `input` by any algorithm of RFC 7518 section 3, made without jsonwebtoken. */
export function seal(input: string, algorithm: string, key: KeyObject | Buffer | string): Buffer {
  const hash = `sha${algorithm.slice(2)}`;
  if (algorithm.startsWith("HS")) return createHmac(hash, key).update(input).digest();
  const bytes = Buffer.from(input);
  if (algorithm.startsWith("RS")) return signBytes(hash, bytes, key as KeyObject);
  if (algorithm.startsWith("ES")) {
    return signBytes(hash, bytes, { key: key as KeyObject, dsaEncoding: "ieee-p1363" });
  }
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
  return signBytes(hash, bytes, { key: key as KeyObject, padding, saltLength });
}

/** A JWS in compact form from any two contents, signed with any key. */
export function forge(header: Content, payload: Content, algorithm: string, key: KeyObject | Buffer | string): string {
  const input = `${segment(header)}.${segment(payload)}`;
  return `${input}.${seal(input, algorithm, key).toString("base64url")}`;
}

/** `text` with a bit set in its last character that carries nothing. `text` must have such bits. */
export function withStrayBits(text: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  if (text.length % 4 === 0) throw new TypeError("This text has no bits to spare.");
  return text.slice(0, -1) + alphabet[alphabet.indexOf(text.slice(-1)) ^ 1];
}

const orderOfP256 = BigInt("0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

/** The other signature that verifies over the same bytes: `s` becomes `n - s`. Anyone can make it from the first. */
export function ecdsaTwin(token: string): string {
  const [header, payload, signature = ""] = token.split(".");
  const bytes = Buffer.from(signature, "base64url");
  const s = BigInt(`0x${bytes.subarray(32).toString("hex")}`);
  const twin = Buffer.from((orderOfP256 - s).toString(16).padStart(64, "0"), "hex");
  return `${header}.${payload}.${Buffer.concat([bytes.subarray(0, 32), twin]).toString("base64url")}`;
}

/** Bytes that no key has made. */
export function noise(length: number): Buffer {
  return randomBytes(length);
}
