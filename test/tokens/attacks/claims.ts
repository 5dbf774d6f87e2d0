import { type Content, forge, withStrayBits } from "../forge.js";
import { type Attack, goodHeader, refusedBy, type Target } from "./attack.js";

/** Signed with the real key, over JSON that holds no claims. */
export function payloadAttacks({ keys, goodClaims }: Target): Attack[] {
  const attack = (payload: Content) => forge(goodHeader(keys), payload, keys.algorithm, keys.signingKey);
  return [
    ...refusedBy("payload", [
      ["a payload that is a list", attack([goodClaims])],
      ["a payload that is an empty list", attack([])],
      ["a payload of many lists", attack("[".repeat(1000) + "]".repeat(1000))],
    ]),
    ...refusedBy("claim iss", [
      ["a payload without claims", attack({})],
      ["its claims in __proto__", attack(`{"__proto__":${JSON.stringify(goodClaims)}}`)],
      ["its claims one level down", attack({ claims: goodClaims })],
    ]),
  ];
}

/** Signed with the real key, with one claim that is not of our form. */
export function claimAttacks({ keys, goodClaims }: Target): Attack[] {
  const { iss, aud, sub, client_id, iat, exp, jti, sid } = goodClaims;
  const lifetime = exp - iat;
  const attack = (claim: string, values: readonly (readonly [name: string, value: unknown])[]) =>
    refusedBy(
      `claim ${claim}`,
      values.map(([name, value]) => {
        const claims = { ...goodClaims, [claim]: value };
        return [`${claim}: ${name}`, forge(goodHeader(keys), claims, keys.algorithm, keys.signingKey)];
      }),
    );
  const notText = (value: string) =>
    [
      ["missing", undefined],
      ["null", null],
      ["a number", 1],
      ["true", true],
      ["in a list", [value]],
      ["an operator", { $ne: null }],
      ["empty", ""],
      ["with a space", `${value} `],
      ["with a NUL", `${value}\0`],
      ["with a line feed", `${value}\n`],
    ] as const;
  const notTime = (value: number) =>
    [
      ["missing", undefined],
      ["null", null],
      ["text", String(value)],
      ["true", true],
      ["in a list", [value]],
      ["an operator", { $gt: 0 }],
      ["half a second more", value + 0.5],
      ["negative", -1],
      ["above what is exact", 2 ** 53],
      ["a huge number", 1e300],
    ] as const;
  const notId = (value: string) =>
    [
      ...notText(value),
      ["a character short", value.slice(0, -1)],
      ["a character long", `${value}A`],
      ["with stray bits", withStrayBits(value)],
      ["padded", `${value}==`],
      ["in the other alphabet", `+/${value.slice(2)}`],
      ["of letters outside ASCII", "\u00E9".repeat(22)],
      ["a UUID", "0b6f4c3e-5d0e-4c58-9a1b-6a5c0e4c7f10"],
    ] as const;
  return [
    ...attack("iss", [
      ...notText(iss),
      ["another's", "https://attacker.example"],
      ["longer", `${iss}.attacker.example`],
    ]),
    ...attack("aud", [
      ...notText(aud),
      ["another's", "other"],
      ["two", [aud, "other"]],
      ["no one", []],
      ["longer", `${aud}s`],
    ]),
    ...attack("client_id", [...notText(client_id), ["another's", "other"], ["in upper case", client_id.toUpperCase()]]),
    ...attack("sub", [...notText(sub), ["too long", "x".repeat(600)]]),
    ...attack("sid", notId(sid)),
    ...attack("jti", notId(jti)),
    ...attack("iat", notTime(iat)),
    ...attack("exp", [
      ...notTime(exp),
      ["at the issue", iat],
      ["before the issue", iat - 1],
      ["zero", 0],
      ["ten lifetimes on", iat + 10 * lifetime],
      ["in milliseconds", exp * 1000],
      ["the largest exact number", Number.MAX_SAFE_INTEGER],
    ]),
    ...attack("auth_time", notTime(goodClaims.auth_time)),
    ...attack("ims", [
      ...notTime(goodClaims.ims),
      ["in seconds", iat],
      ["of the second before", goodClaims.ims - 1_000],
      ["of the second after", goodClaims.ims + 1_000],
    ]),
    ...attack("sys", notTime(goodClaims.sys)),
    ...attack("nbf", [
      ["past", iat - 1],
      ["future", exp],
      ["text", "0"],
      ["null", null],
    ]),
  ];
}

/** Expired tokens, which say so only where nothing else is wrong with them. */
export function ageAttacks({ keys, goodClaims }: Target): Attack[] {
  const { iat, exp } = goodClaims;
  const oldIat = iat - (exp - iat) - 1;
  const old = { ...goodClaims, iat: oldIat, ims: oldIat * 1_000, exp: iat - 1 };
  const sign = (header: Content, claims: Content) => forge(header, claims, keys.algorithm, keys.signingKey);
  const expired = sign(goodHeader(keys), old);
  return [
    { name: "an expired token", token: expired, reason: "TOKEN_EXPIRED", by: "" },
    ...refusedBy("signature", [["an expired token under a bad signature", `${expired.slice(0, -8)}AAAAAAAA`]]),
    ...refusedBy("header kid", [["an expired token of an unknown kid", sign({ ...goodHeader(keys), kid: "x" }, old)]]),
    ...refusedBy("claim aud", [
      ["an expired token for someone else", sign(goodHeader(keys), { ...old, aud: "other" })],
    ]),
    ...refusedBy("claim exp", [["an expired token that lived too long", sign(goodHeader(keys), { ...old, iat: 0 })]]),
  ];
}
