import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalizeEmail, parseEmail } from "../../src/accounts/email.js";

/** What parsing throws, to hold both `code` and `reason` against. */
function refusal(text: string): unknown {
  try {
    return `accepted as ${parseEmail(text)}`;
  } catch (error) {
    return error;
  }
}

const invalid = { code: "BAD_USER_INPUT", reason: "EMAIL_INVALID", status: 400 };
const label63 = "d".repeat(63);

describe("an e-mail address", () => {
  it.each([
    ["alice@example.com", "alice@example.com"],
    ["Alice.Smith+News@Example.COM", "alice.smith+news@example.com"],
    ["o'brien_{x}/y=z~!#$%&*?^`|-@a-b.example", "o'brien_{x}/y=z~!#$%&*?^`|-@a-b.example"],
    ["ａｌｉｃｅ＠ｅｘａｍｐｌｅ．ｃｏｍ", "alice@example.com"],
    ["\u212Aelvin@example.com", "kelvin@example.com"],
    ["ﬁona@example.com", "fiona@example.com"],
    ["Zoe\u0308@example.com", "zoë@example.com"],
    ["\u0130\u0331@example.com", "i\u0331\u0307@example.com"],
    ["Jos\u00C9@M\u00DCNCHEN.example", "josé@münchen.example"],
    ["用户@例え.テスト", "用户@例え.テスト"],
    ["a@xn--mnchen-3ya.example", "a@xn--mnchen-3ya.example"],
    ["1@2.c3", "1@2.c3"],
    [`${"l".repeat(64)}@example.com`, `${"l".repeat(64)}@example.com`],
    [`a@${label63}.example`, `a@${label63}.example`],
  ])("%s is %s", (text, normalized) => {
    expect(parseEmail(text)).toBe(normalized);
    expect(normalizeEmail(text)).toBe(normalized);
  });

  it.each([
    ["nothing", ""],
    ["no @", "alice.example.com"],
    ["two @", "alice@bob.example@example.com"],
    ["an @ that normalisation makes", "alice@example.com＠example.com"],
    ["no local part", "@example.com"],
    ["no domain", "alice@"],
    ["one label", "alice@localhost"],
    ["an empty label", "alice@example..com"],
    ["a dot before the domain", "alice@.example.com"],
    ["a dot behind", "alice@example.com."],
    ["a dot before the local part", ".alice@example.com"],
    ["a dot behind the local part", "alice.@example.com"],
    ["two dots", "alice..smith@example.com"],
    ["two dots that normalisation makes", "alice‥smith@example.com"],
    ["a quoted local part", '"alice smith"@example.com'],
    ["a comment", "alice(home)@example.com"],
    ["angle brackets", "<alice@example.com>"],
    ["a list", "alice@example.com,bob@example.com"],
    ["a header", "alice@example.com\r\nBcc: bob@example.com"],
    ["a backslash", "alice\\@example.com"],
    ["a hyphen before a label", "alice@-example.com"],
    ["a hyphen behind a label", "alice@example-.com"],
    ["an underscore in the domain", "alice@ex_ample.com"],
    ["percent signs in the domain", "alice@ex%61mple.com"],
    ["a port", "alice@example.com:25"],
    ["an IPv4 address", "alice@192.0.2.1"],
    ["an address literal", "alice@[192.0.2.1]"],
    ["a number at the top", "alice@example.123"],
    ["Punycode that stands for nothing", "alice@xn--a.example"],
    ["letters of two directions in one label", "alice@אבa.example"],
    ["white space before it", " alice@example.com"],
    ["white space behind it", "alice@example.com "],
    ["white space in it", "alice smith@example.com"],
    ["white space that normalisation makes", "alice\u00b4@example.com"],
    ["a no-break space", "alice\u00a0@example.com"],
    ["an ideographic space", "alice@example\u3000.com"],
    ["a line feed", "alice@example.com\n"],
    ["a zero byte", "alice\0@example.com"],
    ["DEL", "alice\u007f@example.com"],
    ["a C1 control", "alice\u0085@example.com"],
    ["a zero-width space", "alice\u200b@example.com"],
    ["a zero-width joiner", "alice\u200d@example.com"],
    ["a soft hyphen", "alice\u00ad@example.com"],
    ["a byte-order mark", "\ufeffalice@example.com"],
    ["a right-to-left override", "alice\u202e@example.com"],
    ["a bidi isolate", "alice\u2066@example.com"],
    ["an invisible filler", "alice\u3164@example.com"],
    ["a variation selector", "alice\ufe0f@example.com"],
    ["a tag character", "alice\u{e0041}@example.com"],
    ["a private character", "alice\ue000@example.com"],
    ["a lone surrogate", "alice\ud800@example.com"],
    ["65 octets before the @", `${"l".repeat(65)}@example.com`],
    ["65 octets of other scripts before the @", `${"é".repeat(33)}@example.com`],
    ["a label of 64", `alice@d${label63}.example`],
    ["a label of 64 in Punycode", `alice@${"ü".repeat(60)}${"é".repeat(3)}.example`],
    ["a domain of 254 and more in Punycode", `a@${Array(5).fill("ü".repeat(48)).join(".")}`],
    ["an object's text", "[object Object]"],
  ])("is none with %s", (_what, text) => {
    expect(refusal(text)).toMatchObject(invalid);
    expect(normalizeEmail(text)).toBeNull();
  });

  it("has at most 254 characters after normalisation", () => {
    const at = (length: number) => `alice@${label63}.${label63}.${label63}.${"e".repeat(length - 202)}.com`;
    expect(at(254)).toHaveLength(254);
    expect(parseEmail(at(254))).toBe(at(254));
    expect(refusal(at(255))).toMatchObject(invalid);
    const decomposed = `${"e\u0301".repeat(32)}@${label63}.${label63}.${label63}.${"e".repeat(25)}.com`;
    expect(decomposed.length).toBeGreaterThan(254);
    expect(parseEmail(decomposed)).toBe(decomposed.normalize("NFC"));
  });

  it("is refused for its length before it is normalised", () => {
    const normalize = String.prototype.normalize;
    let normalized = 0;
    String.prototype.normalize = function (this: string, form?: string) {
      normalized += 1;
      return normalize.call(this, form);
    };
    try {
      expect(refusal("\ufdfa".repeat(1_048_576))).toMatchObject(invalid);
      expect(normalizeEmail("a".repeat(1_048_576))).toBeNull();
    } finally {
      String.prototype.normalize = normalize;
    }
    expect(normalized).toBe(0);
  });

  it("is never echoed", () => {
    const error = refusal("canary-7f3a@") as Error;
    expect(error).toMatchObject(invalid);
    expect(JSON.stringify([error, error.message, error.cause])).not.toContain("canary");
  });
});

describe("normalising an e-mail address", () => {
  const anyText = fc.string({ unit: "binary", maxLength: 40 });
  const letters = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
  const addresses = fc.tuple(letters, letters).map(([local, domain]) => `${local}@${domain}.example`);

  it("twice is the same as once, and parsing agrees with it", () => {
    fc.assert(
      fc.property(fc.oneof(anyText, addresses, fc.emailAddress()), (text) => {
        const once = normalizeEmail(text);
        if (once === null) {
          expect(refusal(text)).toMatchObject(invalid);
          return;
        }
        expect(normalizeEmail(once)).toBe(once);
        expect(parseEmail(text)).toBe(once);
        expect([...once].length).toBeLessThanOrEqual(254);
        expect(once.split("@")).toHaveLength(2);
      }),
      { numRuns: 2_000 },
    );
  });

  it("twice is the same as once for every character that there is", () => {
    const changed: string[] = [];
    let accepted = 0;
    for (let point = 0; point <= 0x10ffff; point += 1) {
      const character = String.fromCodePoint(point);
      const once = normalizeEmail(`\u0391\u03a3${character}\u0331@example.com`);
      if (once === null) continue;
      accepted += 1;
      if (normalizeEmail(once) !== once) changed.push(point.toString(16));
    }
    expect(changed).toEqual([]);
    expect(accepted).toBeGreaterThan(100_000);
  });

  it("makes one of all the ways to write the same ordinary address", () => {
    fc.assert(
      fc.property(fc.emailAddress(), (text) => {
        const normalized = normalizeEmail(text);
        expect(normalizeEmail(text.toUpperCase())).toBe(normalized);
        const fullWidth = text.replace(/[!-~]/g, (ascii) => String.fromCodePoint(ascii.charCodeAt(0) + 0xfee0));
        expect(normalizeEmail(fullWidth)).toBe(normalized);
      }),
      { numRuns: 500 },
    );
  });
});
