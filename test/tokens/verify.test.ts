import { describe, expect, it } from "vitest";
import { MusterError } from "../../src/errors.js";
import type { Keys } from "../../src/tokens/keys.js";
import { goodHeader } from "./attacks/attack.js";
import { accessTokenSeconds, allKeys, goodToken, verifierOf } from "./fixtures.js";
import { forge } from "./forge.js";

const keys = allKeys[0] as Keys;
const { good, goodClaims } = goodToken(keys);
const withClaims = (change: object) =>
  forge(goodHeader(keys), { ...goodClaims, ...change }, keys.algorithm, keys.signingKey);

function reasonOf(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    if (error instanceof MusterError) return `${error.code} ${error.reason}`;
    throw error;
  }
  return "admitted";
}

describe("the end of a token's life", () => {
  const exp = goodClaims.exp * 1000;

  it.each([
    [exp - 1, 0, "admitted"],
    [exp, 0, "UNAUTHENTICATED TOKEN_EXPIRED"],
    [exp + 1, 0, "UNAUTHENTICATED TOKEN_EXPIRED"],
    [exp + 29_999, 30, "admitted"],
    [exp + 30_000, 30, "UNAUTHENTICATED TOKEN_EXPIRED"],
    [0, 0, "admitted"],
    [Number.NaN, 0, "UNAUTHENTICATED TOKEN_EXPIRED"],
    [Number.POSITIVE_INFINITY, 0, "UNAUTHENTICATED TOKEN_EXPIRED"],
  ])("at %d ms with a leeway of %d s: %s", (now, leewaySeconds, outcome) => {
    expect(reasonOf(() => verifierOf(keys, { now: () => now, leewaySeconds })(good))).toBe(outcome);
  });

  it("is asked of the given clock at every call", () => {
    let now = exp - 1;
    const verify = verifierOf(keys, { now: () => now });
    expect(reasonOf(() => verify(good))).toBe("admitted");
    now = exp;
    expect(reasonOf(() => verify(good))).toBe("UNAUTHENTICATED TOKEN_EXPIRED");
    now = exp - 1;
    expect(reasonOf(() => verify(good))).toBe("admitted");
  });
});

describe("a token's lifetime", () => {
  it("may be as long as the server allows, and not a second more", () => {
    const { iat } = goodClaims;
    expect(reasonOf(() => verifierOf(keys)(withClaims({ exp: iat + accessTokenSeconds })))).toBe("admitted");
    expect(reasonOf(() => verifierOf(keys)(withClaims({ exp: iat + accessTokenSeconds + 1 })))).toBe(
      "UNAUTHENTICATED TOKEN_INVALID",
    );
  });

  it("may be a single second", () => {
    const verify = verifierOf(keys, { accessTokenSeconds: 1 });
    expect(reasonOf(() => verify(withClaims({ exp: goodClaims.iat + 1 })))).toBe("admitted");
    expect(reasonOf(() => verify(withClaims({ exp: goodClaims.iat + 2 })))).toBe("UNAUTHENTICATED TOKEN_INVALID");
  });

  it("is not stretched by the leeway", () => {
    const token = withClaims({ exp: goodClaims.iat + accessTokenSeconds + 1 });
    expect(reasonOf(() => verifierOf(keys, { leewaySeconds: 30 })(token))).toBe("UNAUTHENTICATED TOKEN_INVALID");
  });

  it("may lie ahead of this instance's clock: another's may be faster", () => {
    expect(reasonOf(() => verifierOf(keys, { now: () => (goodClaims.iat - 5) * 1000 })(good))).toBe("admitted");
  });
});

describe("the length", () => {
  /** What becomes of a token of this length. No segment has 4n + 1 characters: a length one key misses, another meets. */
  const reasonAt = (length: number) => {
    for (let filler = "x".repeat(2000); filler.length < 3000; filler += "x") {
      for (const each of allKeys) {
        const token = forge(goodHeader(each), { ...goodClaims, filler }, each.algorithm, each.signingKey);
        if (token.length === length) return reasonOf(() => verifierOf(each)(token));
      }
    }
    throw new Error("No token has this length.");
  };

  it("is at most 4096 characters", () => {
    expect(reasonAt(4096)).toBe("admitted");
    expect(reasonAt(4097)).toBe("UNAUTHENTICATED TOKEN_INVALID");
  });
});

describe("the type", () => {
  it.each(["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt"])("%s is that of an access token", (typ) => {
    const token = forge({ ...goodHeader(keys), typ }, goodClaims, keys.algorithm, keys.signingKey);
    expect(reasonOf(() => verifierOf(keys)(token))).toBe("admitted");
  });
});

describe("the claims", () => {
  it("may stand beside others, which do not travel on", () => {
    const token = withClaims({ ver: 1, grp: [["a", 1]], roles: ["admin"], constructor: 1, toString: 2 });
    expect(verifierOf(keys)(token)).toEqual(goodClaims);
    expect(Object.keys(verifierOf(keys)(token)).sort()).toEqual(Object.keys(goodClaims).sort());
  });

  it("do not bring a __proto__ along", () => {
    const payload = JSON.stringify(goodClaims).replace("{", '{"__proto__":{"admin":true},');
    const claims = verifierOf(keys)(forge(goodHeader(keys), payload, keys.algorithm, keys.signingKey));
    expect(Object.getPrototypeOf(claims)).toBe(Object.prototype);
    expect({ ...claims }).toEqual(goodClaims);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it("may stand in any order, as may the members of the header", () => {
    const backwards = (value: object) => Object.fromEntries(Object.entries(value).reverse());
    const token = forge(backwards(goodHeader(keys)), backwards(goodClaims), keys.algorithm, keys.signingKey);
    expect(verifierOf(keys)(token)).toEqual(goodClaims);
  });

  it("are given anew at each call, so that no one changes another's", () => {
    const verify = verifierOf(keys);
    verify(good).sub = "changed";
    expect(verify(good)).toEqual(goodClaims);
  });

  it("hold a subject of the form that the server asks for", () => {
    const isSubject = (text: string) => text.startsWith("user-");
    expect(verifierOf(keys, { isSubject })(withClaims({ sub: "user-\u00E9" })).sub).toBe("user-\u00E9");
    expect(reasonOf(() => verifierOf(keys, { isSubject })(good))).toBe("UNAUTHENTICATED TOKEN_INVALID");
  });
});

describe("a verifier that would check nothing", () => {
  it.each([
    ["no issuer", { issuer: "" }],
    ["an undefined audience", { audience: undefined as unknown as string }],
    ["a lifetime of zero", { accessTokenSeconds: 0 }],
    ["a lifetime that is no number", { accessTokenSeconds: Number.NaN }],
    ["an endless lifetime", { accessTokenSeconds: Number.POSITIVE_INFINITY }],
    ["a negative leeway", { leewaySeconds: -1 }],
    ["an endless leeway", { leewaySeconds: Number.POSITIVE_INFINITY }],
  ])("is refused at the start: %s", (_, options) => {
    expect(() => verifierOf(keys, options)).toThrow(TypeError);
  });
});

it("keeps everything of the token out of what it throws", () => {
  const canary = "canary-4f1c9d";
  const header = JSON.stringify({ ...goodHeader(keys), [canary]: canary });
  for (const [head, payload] of [
    [header, goodClaims],
    [`${header.slice(0, -1)},${canary}`, goodClaims],
    [`{"typ":"JWT","x":"${canary}"`, `{"sub":${canary}`],
    [goodHeader(keys), { ...goodClaims, sub: canary }],
    [{ ...goodHeader(keys), typ: "JWT" }, `{"sub":${canary}`],
  ]) {
    const token = forge(head, payload, keys.algorithm, keys.signingKey);
    const error: unknown = (() => {
      try {
        return verifierOf(keys)(token);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({ code: "UNAUTHENTICATED", reason: "TOKEN_INVALID" });
    const { message, cause, stack } = error as MusterError;
    expect(typeof cause).toBe("string");
    for (const text of [canary, token, ...token.split(".")]) expect(`${message} ${cause} ${stack}`).not.toContain(text);
  }
});
