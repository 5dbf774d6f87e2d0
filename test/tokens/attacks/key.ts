import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { publicParameters } from "../../../src/tokens/jwk.js";
import type { Keys } from "../../../src/tokens/keys.js";
import { forge, noise, segment } from "../forge.js";
import { type Attack, goodHeader, refusedBy, type Target } from "./attack.js";

/** What only one kind of key invites, and unsigned tokens, which none may take. */
export function keyAttacks(target: Target): Attack[] {
  const { algorithm } = target.keys;
  const ofThisKind = { HS256: secretAttacks, RS256: rsaAttacks, ES256: ecAttacks }[algorithm];
  const confusions = algorithm === "HS256" ? [] : confusionAttacks(target);
  return [...unsignedAttacks(target), ...confusions, ...ofThisKind(target)];
}

function unsignedAttacks({ keys, goodClaims }: Target): Attack[] {
  const input = (alg: string) => `${segment({ ...goodHeader(keys), alg })}.${segment(goodClaims)}`;
  return [
    ...refusedBy("form", [
      ["the algorithm none without a signature", `${input("none")}.`],
      ["the algorithm None without a signature", `${input("None")}.`],
      ["the algorithm none without its dot", input("none")],
    ]),
    ...refusedBy("signature", [
      ["the algorithm none over a made-up signature", `${input("none")}.${segment(noise(32))}`],
      ["the algorithm NONE over a made-up signature", `${input("NONE")}.${segment(noise(32))}`],
      ["the algorithm nOnE over one letter", `${input("nOnE")}.AA`],
    ]),
  ];
}

/** The public key, which everybody knows, as the secret of an HMAC (RFC 8725 section 2.1). */
function confusionAttacks({ keys, goodClaims }: Target): Attack[] {
  const spellings = publicSpellings(keys);
  const rows = (header: object, says: string) =>
    Object.entries(spellings).flatMap(([name, key]) => [
      [`an HMAC with the public key as ${name}${says}`, forge(header, goodClaims, "HS256", key)] as const,
    ]);
  return refusedBy("signature", [
    ...rows({ ...goodHeader(keys), alg: "HS256" }, ""),
    ...rows(goodHeader(keys), ", under the right algorithm's name"),
    [
      "an HMAC of 512 bits with the public key",
      forge({ ...goodHeader(keys), alg: "HS512" }, goodClaims, "HS512", spellings.PEM),
    ],
  ]);
}

function publicSpellings(keys: Keys) {
  const pem = String(keys.verifyingKey.export({ type: "spki", format: "pem" }));
  const parameters = publicParameters(keys.verifyingKey);
  return {
    PEM: pem,
    "PEM without its last line end": pem.trimEnd(),
    "PEM with the line ends of Windows": pem.replaceAll("\n", "\r\n"),
    "PEM without its frame": pem.replace(/-----.*-----|\n/g, ""),
    DER: keys.verifyingKey.export({ type: "spki", format: "der" }),
    "JWK text": JSON.stringify(parameters),
    "published JWK text": JSON.stringify(keys.jwks()?.keys[0]),
    "JWK Set text": JSON.stringify(keys.jwks()),
    "its first number": Buffer.from(parameters.kty === "RSA" ? parameters.n : parameters.x, "base64url"),
    "its thumbprint": keys.kid,
  };
}

function secretAttacks({ keys, goodClaims }: Target): Attack[] {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const sign = (alg: string, key: KeyObject) => forge({ ...goodHeader(keys), alg }, goodClaims, alg, key);
  return refusedBy("signature", [
    ["a longer HMAC with the right secret", sign("HS512", keys.signingKey)],
    ["the middle HMAC with the right secret", sign("HS384", keys.signingKey)],
    ["a longer HMAC under the right name", forge(goodHeader(keys), goodClaims, "HS512", keys.signingKey)],
    ["an ES256 signature by a stranger", sign("ES256", privateKey)],
  ]);
}

function rsaAttacks(target: Target): Attack[] {
  const { keys, goodClaims } = target;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const sign = (alg: string, key = keys.signingKey) => forge({ ...goodHeader(keys), alg }, goodClaims, alg, key);
  return refusedBy("signature", [
    ["another RSA key under the same kid", sign("RS256", privateKey)],
    ["an EC key under the same kid", sign("ES256", ec.privateKey)],
    ["the right key with a longer hash", sign("RS512")],
    ["the right key with another padding", sign("PS256")],
    ["another padding under the right name", forge(goodHeader(keys), goodClaims, "PS256", keys.signingKey)],
    ["a longer hash under the right name", forge(goodHeader(keys), goodClaims, "RS384", keys.signingKey)],
    ["a key that the token brings along", ownKey(target, privateKey)],
  ]);
}

function ecAttacks(target: Target): Attack[] {
  const { keys, good, goodClaims } = target;
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" });
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const sign = (alg: string, key: KeyObject) => forge({ ...goodHeader(keys), alg }, goodClaims, alg, key);
  const input = good.slice(0, good.lastIndexOf("."));
  const bytes = Buffer.from(good.slice(input.length + 1), "base64url");
  const sealed = (...parts: Buffer[]) => `${input}.${Buffer.concat(parts).toString("base64url")}`;
  const [r, s] = [bytes.subarray(0, 32), bytes.subarray(32)];
  const zero = Buffer.alloc(32);
  const one = Buffer.alloc(32).fill(1, 31);
  const order = Buffer.from("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "hex");
  const prime = Buffer.from("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", "hex");
  return refusedBy("signature", [
    ["another EC key under the same kid", sign("ES256", privateKey)],
    ["a key of another curve", sign("ES384", p384.privateKey)],
    ["a key of another curve under the right name", forge(goodHeader(keys), goodClaims, "ES384", p384.privateKey)],
    ["an RSA key under the same kid", sign("RS256", rsa.privateKey)],
    ["a longer hash with the right key", sign("ES512", keys.signingKey)],
    ["a signature of r = 0 and s = 0", sealed(zero, zero)],
    ["a signature of r = 1 and s = 1", sealed(one, one)],
    ["a signature of s = 0", sealed(r, zero)],
    ["a signature of r = 0", sealed(zero, s)],
    ["a signature of r = n and s = n", sealed(order, order)],
    ["a signature of s = n", sealed(r, order)],
    ["a signature of r = p and s = 1", sealed(prime, one)],
    ["r and s changed about", sealed(s, r)],
    ["the signature in ASN.1", sealed(asn1(r, s))],
    ["a key that the token brings along", ownKey(target, privateKey)],
  ]);
}

/** A stranger's key in the header, and the stranger's signature (CVE-2018-0114). */
function ownKey({ keys, goodClaims }: Target, privateKey: KeyObject): string {
  const jwk = privateKey.export({ format: "jwk" });
  const header = { ...goodHeader(keys), jwk: { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y, n: jwk.n, e: jwk.e } };
  return forge(header, goodClaims, keys.algorithm, privateKey);
}

function asn1(r: Buffer, s: Buffer): Buffer {
  const integer = (bytes: Buffer) => Buffer.concat([Buffer.from([2, bytes.length + 1, 0]), bytes]);
  const body = Buffer.concat([integer(r), integer(s)]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}
