import { expect, it } from "vitest";
import { idPattern, newId } from "../../src/tokens/claims.js";
import { issueAccessToken } from "../../src/tokens/issue.js";
import { allKeys, verifierOf } from "./fixtures.js";

const decode = (segment: string) => Buffer.from(segment, "base64url").toString();

const content = {
  issuer: "https://auth.example",
  audience: "muster",
  sub: "65a1b2c3d4e5f60718293a4b",
  sid: "AAAAAAAAAAAAAAAAAAAAAA",
  jti: "AAAAAAAAAAAAAAAAAAAAAQ",
  issuedAt: new Date("2030-01-01T00:00:00.999Z"),
  expiresAt: new Date("2030-01-01T00:15:00.998Z"),
  authTime: new Date("2029-12-31T23:59:59.001Z"),
  sys: 3,
};

it.each(allKeys.map((keys) => [keys.algorithm, keys] as const))(
  "writes header and claims of RFC 9068 under %s",
  (algorithm, keys) => {
    const [header, payload] = issueAccessToken(keys, content).split(".").map(decode);
    expect(JSON.parse(header ?? "")).toEqual({ alg: algorithm, typ: "at+jwt", kid: keys.kid });
    expect(JSON.parse(payload ?? "")).toEqual({
      iss: "https://auth.example",
      aud: "muster",
      sub: "65a1b2c3d4e5f60718293a4b",
      client_id: "muster",
      iat: 1893456000,
      exp: 1893456900,
      auth_time: 1893455999,
      jti: "AAAAAAAAAAAAAAAAAAAAAQ",
      sid: "AAAAAAAAAAAAAAAAAAAAAA",
      ims: 1893456000999,
      sys: 3,
    });
  },
);

it.each(allKeys.map((keys) => [keys.algorithm, keys] as const))(
  "says the same claims again for the same content under %s",
  (_, keys) => {
    const [one = "", other = ""] = [issueAccessToken(keys, content), issueAccessToken(keys, { ...content })];
    expect(other.split(".").slice(0, 2)).toEqual(one.split(".").slice(0, 2));
  },
);

it("issues what the verifier admits, for any fraction of a second", () => {
  for (const keys of allKeys) {
    for (const ms of [0, 1, 499, 500, 999]) {
      const issuedAt = new Date(1893456000_000 + ms);
      const expiresAt = new Date(issuedAt.getTime() + 900_000);
      const verify = verifierOf(keys, { issuer: content.issuer, now: () => issuedAt.getTime() });
      expect(verify(issueAccessToken(keys, { ...content, issuedAt, expiresAt })).iat).toBe(1893456000);
    }
  }
});

it("writes any text as issuer, audience and subject", () => {
  const odd = {
    issuer: 'https://\u00FC.example/"\\\u2028',
    audience: "\u{1F511}",
    sub: "\u00E9 \u65E5\u672C\n__proto__",
  };
  for (const keys of allKeys) {
    const verify = verifierOf(keys, { ...odd, isSubject: (text) => text === odd.sub, now: () => +content.issuedAt });
    expect(verify(issueAccessToken(keys, { ...content, ...odd }))).toMatchObject({ iss: odd.issuer, sub: odd.sub });
  }
});

it("leaves the content as it was given", () => {
  const frozen = Object.freeze({ ...content });
  for (const keys of allKeys) expect(issueAccessToken(keys, frozen).split(".")).toHaveLength(3);
});

it.each([
  ["expires in the second of its issue", { expiresAt: new Date("2030-01-01T00:00:00.999Z") }],
  ["expires before its issue", { expiresAt: new Date("2029-01-01T00:00:00Z") }],
  ["is issued at no time", { issuedAt: new Date(Number.NaN) }],
  ["is issued at the beginning of time", { issuedAt: new Date(0) }],
  ["expires at no time", { expiresAt: new Date("never") }],
  ["was proved at no time", { authTime: new Date(Number.NaN) }],
])("throws a TypeError rather than sign a token that %s", (_, change) => {
  for (const keys of allKeys) expect(() => issueAccessToken(keys, { ...content, ...change })).toThrow(TypeError);
});

it("makes ids of 128 random bits, each in the one spelling of its bytes", () => {
  const ids = Array.from({ length: 2000 }, newId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) {
    expect(id).toMatch(idPattern);
    expect(Buffer.from(id, "base64url")).toHaveLength(16);
    expect(Buffer.from(id, "base64url").toString("base64url")).toBe(id);
  }
});
