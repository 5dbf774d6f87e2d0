import { describe, expect, it } from "vitest";
import { MusterError } from "../../src/errors.js";
import { parseBearer } from "../../src/tokens/bearer.js";
import { createKeys, type Keys } from "../../src/tokens/keys.js";
import { type Attack, attacks, ecdsaTwin, unsendable } from "./attacks.js";
import { allKeys, goodToken, rsaPem, verifierOf } from "./fixtures.js";

function refusalOf(attempt: () => unknown): MusterError {
  try {
    attempt();
  } catch (error) {
    expect(error).toBeInstanceOf(MusterError);
    return error as MusterError;
  }
  throw new Error("It was admitted.");
}

function expectRefusal(error: MusterError, { token, reason, by }: Attack): void {
  expect(error).toMatchObject({ code: "UNAUTHENTICATED", status: 401, reason });
  expect(String(error.cause ?? "").startsWith(by), `${error.cause} instead of ${by}`).toBe(true);
  if (token.length > 8) expect(`${error.message} ${error.cause}`).not.toContain(token);
}

describe.each(allKeys.map((keys) => [keys.algorithm, keys] as const))("under %s", (_, keys) => {
  const target = { keys, ...goodToken(keys) };
  const verify = verifierOf(keys);
  const all = attacks(target);

  it("admits the good token that every attack starts from", () => {
    expect(verify(target.good)).toEqual(target.goodClaims);
  });

  it("knows at least 200 attacks, each by a name of its own", () => {
    expect(all.length).toBeGreaterThanOrEqual(200);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });

  it.each(all)("refuses $name", (attack) => {
    expectRefusal(
      refusalOf(() => verify(attack.token)),
      attack,
    );
  });

  it.each(unsendable(target))("refuses $name", (attack) => {
    expectRefusal(
      refusalOf(() => verify(attack.token)),
      attack,
    );
  });

  it.each(all)("refuses, out of its header, $name", (attack) => {
    // What a server sees of the header's value: white space around it is no part of it (RFC 9110 section 5.5).
    const header = `Bearer ${attack.token}`.trimEnd();
    const { reason } = refusalOf(() => verify(parseBearer(header) ?? ""));
    expect(reason).toBe(attack.reason);
  });

  it.each([undefined, null, 0, {}, [], [target.good], new String(target.good), Buffer.from(target.good)])(
    "refuses what is no text: %s",
    (token) => {
      const error = refusalOf(() => verify(token as string));
      expect(error).toMatchObject({ code: "UNAUTHENTICATED", reason: "TOKEN_INVALID", cause: "form" });
    },
  );
});

describe("tokens of one deployment at another", () => {
  const strangers: Keys[] = [
    ...allKeys,
    createKeys({ privateKeyPem: rsaPem() }),
    createKeys({ secret: "x".repeat(32) }),
  ];

  it.each(allKeys.map((keys) => [keys.algorithm, keys] as const))("are refused under %s", (_, keys) => {
    const others = strangers.filter((other) => other !== keys);
    for (const other of others) {
      const error = refusalOf(() => verifierOf(keys)(goodToken(other).good));
      expect(error).toMatchObject({ code: "UNAUTHENTICATED", reason: "TOKEN_INVALID", cause: "signature" });
    }
  });

  it("are refused for another audience, whatever the key", () => {
    for (const keys of allKeys) {
      const error = refusalOf(() => verifierOf(keys, { audience: "other" })(goodToken(keys).good));
      expect(error).toMatchObject({ code: "UNAUTHENTICATED", reason: "TOKEN_INVALID", cause: "claim aud" });
    }
  });
});

describe("the twin of an ES256 signature", () => {
  const keys = allKeys[2] as Keys;
  const verify = verifierOf(keys);

  it("is another text with the same claims, so that whatever ends the jti ends both", () => {
    for (let round = 0; round < 20; round++) {
      const { good, goodClaims } = goodToken(keys);
      const twin = ecdsaTwin(good);
      expect(twin).not.toBe(good);
      expect(ecdsaTwin(twin)).toBe(good);
      expect(verify(twin)).toEqual(goodClaims);
      expect(verify(twin).jti).toBe(verify(good).jti);
    }
  });

  it("is admitted from no state that the first has left behind", () => {
    const { good, goodClaims } = goodToken(keys);
    const [first, second] = [verifierOf(keys), verifierOf(keys)];
    expect(first(good)).toEqual(goodClaims);
    expect(second(ecdsaTwin(good))).toEqual(goodClaims);
    expect(first(ecdsaTwin(good))).toEqual(goodClaims);
  });

  it("expires when the first does", () => {
    const { good, goodClaims } = goodToken(keys);
    const late = verifierOf(keys, { now: () => goodClaims.exp * 1000 });
    for (const token of [good, ecdsaTwin(good)]) {
      expect(refusalOf(() => late(token))).toMatchObject({ code: "UNAUTHENTICATED", reason: "TOKEN_EXPIRED" });
    }
  });
});
