import { createHash, createHmac, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { publicParameters, thumbprint } from "../../src/tokens/jwk.js";
import { createKeys, type KeyMaterial } from "../../src/tokens/keys.js";
import { allKeys, ecPem, rsaPem, secret, toPem } from "./fixtures.js";

describe("the kind of key", () => {
  it("decides the algorithm", () => {
    expect(allKeys.map((keys) => keys.algorithm)).toEqual(["HS256", "RS256", "ES256"]);
  });

  it("may be a secret of exactly 32 bytes, counted as UTF-8", () => {
    expect(createKeys({ secret: "s".repeat(32) }).algorithm).toBe("HS256");
    expect(createKeys({ secret: "\u{1F511}".repeat(8) }).algorithm).toBe("HS256");
  });

  it("may be an RSA key of more than 2048 bits", () => {
    expect(createKeys({ privateKeyPem: rsaPem(3072) }).algorithm).toBe("RS256");
  });

  it("is the same however its PEM is framed", () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const framed = [
      [toPem(rsa), toPem(rsa, "pkcs1")],
      [toPem(ec), toPem(ec, "sec1")],
      [toPem(ec), `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${toPem(ec, "sec1")}`],
      [toPem(ec), `# a line of text before it\r\n${toPem(ec).replaceAll("\n", "\r\n")}`],
    ];
    for (const [one = "", other = ""] of framed) {
      const [first, second] = [createKeys({ privateKeyPem: one }), createKeys({ privateKeyPem: other })];
      expect(second.kid).toBe(first.kid);
      expect(second.derive("test")).toEqual(first.derive("test"));
    }
  });
});

describe("a key that is refused", () => {
  const pss = generateKeyPairSync("rsa-pss", { modulusLength: 2048 });
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const locked = ec.privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" });
  const unreadable = "The private key cannot be read: it must be an unencrypted private key in PEM.";
  const wrongKind = "The private key must be an RSA key or one on the curve P-256.";
  const notOne = "Tokens are signed with a secret or with a private key: give exactly one of them.";

  it.each<[string, unknown, string]>([
    ["a secret of 31 bytes", { secret: "s".repeat(31) }, "The secret must have at least 32 bytes."],
    ["an empty secret", { secret: "" }, "The secret must have at least 32 bytes."],
    [
      "a secret with a lone surrogate",
      { secret: `${"s".repeat(32)}\uD800` },
      "The secret must be well-formed Unicode text.",
    ],
    ["a secret of bytes", { secret: Buffer.alloc(32) }, "The secret must be text."],
    ["a secret of null", { secret: null }, "The secret must be text."],
    ["an RSA key of 2047 bits", { privateKeyPem: rsaPem(2047) }, "An RSA key must have at least 2048 bits."],
    ["an RSA key of 1024 bits", { privateKeyPem: rsaPem(1024) }, "An RSA key must have at least 2048 bits."],
    ["an RSA key for PSS alone", { privateKeyPem: toPem(pss.privateKey) }, wrongKind],
    ["a key on P-384", { privateKeyPem: ecPem("P-384") }, wrongKind],
    ["a key on secp256k1", { privateKeyPem: ecPem("secp256k1") }, wrongKind],
    ["an Ed25519 key", { privateKeyPem: toPem(generateKeyPairSync("ed25519").privateKey) }, wrongKind],
    ["an X25519 key", { privateKeyPem: toPem(generateKeyPairSync("x25519").privateKey) }, wrongKind],
    ["a public key", { privateKeyPem: ec.publicKey.export({ type: "spki", format: "pem" }) }, unreadable],
    ["an encrypted key", { privateKeyPem: locked }, unreadable],
    ["a PEM cut short", { privateKeyPem: ecPem().slice(0, 80) }, unreadable],
    ["text that is no PEM", { privateKeyPem: "a private key" }, unreadable],
    ["an empty PEM", { privateKeyPem: "" }, unreadable],
    ["bytes for a PEM", { privateKeyPem: Buffer.from(ecPem()) }, "The private key must be PEM text."],
    ["nothing", {}, notOne],
    ["both", { secret, privateKeyPem: ecPem() }, notOne],
  ])("is %s", (_, material, message) => {
    expect(() => createKeys(material as KeyMaterial)).toThrowError(new TypeError(message));
  });
});

describe("the kid", () => {
  it("is the RFC 7638 thumbprint of a public key", () => {
    // The example of RFC 7638 section 3.1.
    const n =
      "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3" +
      "oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdA" +
      "ZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-" +
      "kEgU8awapJzKnqDKgw";
    expect(thumbprint({ kty: "RSA", e: "AQAB", n })).toBe("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
  });

  it("of a secret is always the same, another for another secret, and not a plain hash of it", () => {
    const { kid } = createKeys({ secret });
    expect(createKeys({ secret }).kid).toBe(kid);
    expect(createKeys({ secret: `${secret}.` }).kid).not.toBe(kid);
    const hash = createHash("sha256").update(secret).digest();
    expect(Buffer.from(kid, "base64url")).not.toEqual(hash.subarray(0, 16));
    expect(kid).toMatch(/^[\w-]{22}$/);
  });
});

describe("the JWK Set", () => {
  it("is null where the key is a secret", () => {
    expect(allKeys[0]?.jwks()).toBeNull();
  });

  it.each(allKeys.slice(1).map((keys) => [keys.algorithm, keys] as const))(
    "of %s holds a key that Node reads and verifies with",
    (_, keys) => {
      const [jwk, ...more] = keys.jwks()?.keys ?? [];
      if (!jwk) throw new Error("The set is empty.");
      expect(more).toEqual([]);
      const key = createPublicKey({ key: { ...jwk }, format: "jwk" });
      expect(key.equals(keys.verifyingKey)).toBe(true);
      expect(verify("sha256", Buffer.from("text"), key, sign("sha256", Buffer.from("text"), keys.signingKey))).toBe(
        true,
      );
      expect(jwk).toMatchObject({ kid: keys.kid, use: "sig", alg: keys.algorithm });
      expect(jwk.kid).toBe(thumbprint(jwk));
    },
  );

  it("holds public numbers and nothing else", () => {
    const members = allKeys.slice(1).map((keys) => Object.keys(keys.jwks()?.keys[0] ?? {}).sort());
    expect(members).toEqual([
      ["alg", "e", "kid", "kty", "n", "use"],
      ["alg", "crv", "kid", "kty", "use", "x", "y"],
    ]);
  });

  it("has no form for other kinds of key", () => {
    expect(() => publicParameters(generateKeyPairSync("ed25519").publicKey)).toThrow(TypeError);
  });

  it("cannot be changed by whoever was given it", () => {
    const keys = allKeys[2];
    keys?.jwks()?.keys.pop();
    expect(keys?.jwks()?.keys).toHaveLength(1);
  });
});

describe("derived keys", () => {
  it.each(allKeys.map((keys) => [keys.algorithm, keys] as const))(
    "under %s have 32 bytes, one value for each use",
    (_, keys) => {
      expect(keys.derive("one")).toHaveLength(32);
      expect(keys.derive("one")).toEqual(keys.derive("one"));
      expect(keys.derive("one")).not.toEqual(keys.derive("two"));
      expect(keys.derive("one")).not.toEqual(keys.derive(""));
    },
  );

  it("follow RFC 5869 with no salt", () => {
    const extracted = createHmac("sha256", Buffer.alloc(32)).update(secret).digest();
    const expanded = createHmac("sha256", extracted).update("one\x01").digest();
    expect(createKeys({ secret }).derive("one")).toEqual(expanded);
  });

  it("differ between deployments", () => {
    const values = new Set(allKeys.map((keys) => keys.derive("one").toString("hex")));
    expect(values.size).toBe(allKeys.length);
  });
});

it("shows nothing of a key when it is logged", () => {
  const keys = createKeys({ secret });
  for (const shown of [inspect(keys, { depth: 9, showHidden: true }), JSON.stringify(keys), String(keys)]) {
    expect(shown).not.toContain(secret);
    expect(shown).not.toContain(Buffer.from(secret).toString("base64url"));
    expect(shown).not.toContain(Buffer.from(secret).toString("hex").slice(0, 16));
  }
});
