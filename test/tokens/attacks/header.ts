import { forge } from "../forge.js";
import { type Attack, goodHeader, type Row, refusedBy, type Target } from "./attack.js";

/** Signed with the real key, under a header that is not ours. */
export function headerAttacks({ keys, goodClaims }: Target): Attack[] {
  const good = goodHeader(keys);
  const { alg, typ, kid } = good;
  const attack = (by: string, rows: Row[]) => {
    const sign = (header: unknown) => forge(header, goodClaims, keys.algorithm, keys.signingKey);
    return refusedBy(
      by,
      rows.map(([name, header]) => [name, sign(header)]),
    );
  };
  const other = alg === "HS256" ? "RS256" : "HS256";
  return [
    ...attack("signature", [
      ["no algorithm", { typ, kid }],
      ["an algorithm of null", { alg: null, typ, kid }],
      ["an algorithm that is a number", { alg: 256, typ, kid }],
      ["an algorithm in a list", { alg: [alg], typ, kid }],
      ["an algorithm in an object", { alg: { toString: alg }, typ, kid }],
      ["an algorithm in lower case", { alg: alg.toLowerCase(), typ, kid }],
      ["an algorithm with a space", { alg: `${alg} `, typ, kid }],
      ["an empty algorithm", { alg: "", typ, kid }],
      ["the algorithm none over a real signature", { alg: "none", typ, kid }],
      ["the algorithm of another kind of key", { alg: other, typ, kid }],
      ["a longer hash of the same family", { alg: `${alg.slice(0, 2)}512`, typ, kid }],
      ["the algorithm EdDSA", { alg: "EdDSA", typ, kid }],
      ["an algorithm named constructor", { alg: "constructor", typ, kid }],
      ["an algorithm named __proto__", { alg: "__proto__", typ, kid }],
      ["its members in __proto__", `{"__proto__":{"alg":"${alg}","typ":"${typ}","kid":"${kid}"}}`],
      ["a header that is null", "null"],
      ["a header that is a list", [good]],
      ["a header that is text", JSON.stringify(alg)],
      ["a header that is a number", "1"],
      ["an empty header object", {}],
      ["a header that is not JSON", "not JSON"],
      ["a header with a byte order mark", `\uFEFF${JSON.stringify(good)}`],
      ["a header of opening brackets", "[".repeat(1500)],
    ]),
    ...attack("header kid", [
      ["no kid", { alg, typ }],
      ["an unknown kid", { alg, typ, kid: "bpXVNqC1Xg3zdbcPeT6XLQ" }],
      ["an empty kid", { alg, typ, kid: "" }],
      ["a kid of null", { alg, typ, kid: null }],
      ["a kid in a list", { alg, typ, kid: [kid] }],
      ["a kid in an object", { alg, typ, kid: { $ne: null } }],
      ["a kid that names a file", { alg, typ, kid: "../../../../dev/null" }],
      ["a kid that speaks SQL", { alg, typ, kid: "' OR '1'='1" }],
      ["a kid named __proto__", { alg, typ, kid: "__proto__" }],
      ["a kid with a space", { alg, typ, kid: `${kid} ` }],
      ["a kid in __proto__", `{"alg":"${alg}","typ":"${typ}","__proto__":{"kid":"${kid}"}}`],
    ]),
    ...attack("header typ", [
      ["no type", { alg, kid }],
      ["the type JWT", { alg, typ: "JWT", kid }],
      ["the type of an ID token", { alg, typ: "id+jwt", kid }],
      ["the type of a refresh token", { alg, typ: "rt+jwt", kid }],
      ["the type of a logout token", { alg, typ: "logout+jwt", kid }],
      ["the type of a proof of possession", { alg, typ: "dpop+jwt", kid }],
      ["a type with a parameter", { alg, typ: "at+jwt; charset=utf-8", kid }],
      ["a type with a space", { alg, typ: "at+jwt ", kid }],
      ["a type of another tree", { alg, typ: "text/at+jwt", kid }],
      ["an empty type", { alg, typ: "", kid }],
      ["a type of null", { alg, typ: null, kid }],
      ["a type in a list", { alg, typ: ["at+jwt"], kid }],
    ]),
    ...attack("header parameter", [
      ["an unknown critical extension", { ...good, crit: ["exp"], exp: 0 }],
      ["an empty list of critical extensions", { ...good, crit: [] }],
      ["an unencoded payload that is critical", { ...good, b64: false, crit: ["b64"] }],
      ["an unencoded payload", { ...good, b64: false }],
      ["an encoded payload that says so", { ...good, b64: true, crit: ["b64"] }],
      ["a key of its own", { ...good, jwk: { kty: "oct", k: "AAAA" } }],
      ["an address for its key", { ...good, jku: "https://attacker.example/jwks.json" }],
      ["an address for its certificate", { ...good, x5u: "https://attacker.example/cert.pem" }],
      ["a certificate of its own", { ...good, x5c: ["MIIB"] }],
      ["a certificate's thumbprint", { ...good, x5t: "AAAA" }],
      ["a compressed payload", { ...good, zip: "DEF" }],
      ["an encryption", { ...good, enc: "A128GCM" }],
      ["a token inside", { ...good, cty: "JWT" }],
      ["a member that nobody knows", { ...good, x: 1 }],
      ["a __proto__ beside good members", `{"alg":"${alg}","typ":"${typ}","kid":"${kid}","__proto__":{"x":1}}`],
    ]),
  ];
}
