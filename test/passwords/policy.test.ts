import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createHasher } from "../../src/passwords/hash.js";
import { normalizePassword, parseNewPassword } from "../../src/passwords/policy.js";

const rules = { minLength: 15 };
const badInput = { code: "BAD_USER_INPUT", status: 400 };

/** What parsing throws, to hold both `code` and `reason` against. */
function refusal(text: string, options: { minLength?: number; email?: string } = {}): unknown {
  try {
    parseNewPassword(text, { ...rules, ...options });
  } catch (error) {
    return error;
  }
  return "accepted";
}

/** Fourteen code points that no list has. */
const fourteen = "Vq7#mKz!2pLw9d";

describe("the length of a new password", () => {
  it("is at least what is configured, and the error says how much", () => {
    expect(refusal(fourteen)).toMatchObject({
      ...badInput,
      reason: "PASSWORD_TOO_SHORT",
      message: expect.stringContaining("at least 15"),
    });
    expect(parseNewPassword(`${fourteen}x`, rules)).toBe(`${fourteen}x`);
    expect(refusal("Vq7#mKz", { minLength: 8 })).toMatchObject({
      ...badInput,
      reason: "PASSWORD_TOO_SHORT",
      message: expect.stringContaining("at least 8"),
    });
    expect(parseNewPassword("Vq7#mKz!", { minLength: 8 })).toBe("Vq7#mKz!");
  });

  it("is at most 128, and nothing is cut", () => {
    const longest = `${fourteen}${"ab".repeat(57)}`;
    expect(longest).toHaveLength(128);
    expect(parseNewPassword(longest, rules)).toBe(longest);
    expect(refusal(`${longest}x`)).toMatchObject({ ...badInput, reason: "PASSWORD_TOO_LONG" });
  });

  it("is counted in code points, not in code units", () => {
    const emoji = ["🦊", "🐙", "🦉", "🐝", "🦕", "🐳", "🦜", "🐢", "🦔", "🐌", "🦩", "🐡", "🦥", "🐞"];
    expect(refusal(emoji.join(""))).toMatchObject({ ...badInput, reason: "PASSWORD_TOO_SHORT" });
    expect(parseNewPassword(`${emoji.join("")}🦚`, rules)).toBe(`${emoji.join("")}🦚`);
  });

  it("is counted after NFC", () => {
    const decomposed = "ǘ".normalize("NFD");
    expect(decomposed).toHaveLength(3);
    expect(refusal(`Vq7#mKz!2pLw9${decomposed}`)).toMatchObject({ ...badInput, reason: "PASSWORD_TOO_SHORT" });
    const syllables = Array.from({ length: 128 }, (_, index) => String.fromCodePoint(0xac01 + index * 28)).join("");
    expect(parseNewPassword(syllables.normalize("NFD"), rules)).toBe(syllables);
    const most = Array.from({ length: 128 }, (_, index) => String.fromCodePoint(0x1f82 + (index % 6))).join("");
    expect(parseNewPassword(most.normalize("NFD"), rules)).toBe(most.normalize("NFC"));
  });

  it.each([
    ["letters", "a"],
    ["lone surrogates", "\ud800"],
    ["characters that decompose eighteenfold", "\ufdfa"],
    ["combining marks", "\u0301\u0323"],
  ])("is judged before anything else, so that a mebibyte of %s costs nothing", (_what, unit) => {
    const giant = unit.repeat(1_048_576 / unit.length);
    const normalize = String.prototype.normalize;
    let longestNormalized = 0;
    String.prototype.normalize = function (this: string, form?: string) {
      longestNormalized = Math.max(longestNormalized, this.length);
      return normalize.call(this, form);
    };
    try {
      expect(refusal(giant)).toMatchObject({ ...badInput, reason: "PASSWORD_TOO_LONG" });
      expect(normalizePassword(giant)).toBe("");
    } finally {
      String.prototype.normalize = normalize;
    }
    expect(longestNormalized).toBe(0);
  });
});

describe("the characters of a new password", () => {
  it.each([
    ["a high surrogate alone", `${fourteen}\ud83d${fourteen}`],
    ["a low surrogate alone", `${fourteen}\udd8a${fourteen}`],
    ["a pair the wrong way round", `${fourteen}\udd8a\ud83d`],
    ["one at the end of a short text", "\ud83d"],
  ])("are well-formed: %s is refused", (_what, text) => {
    expect(refusal(text)).toMatchObject({ ...badInput, reason: "PASSWORD_INVALID" });
  });

  it("may be any others: spaces, other scripts, emoji, control characters", () => {
    for (const text of [
      "  leading and trailing  ",
      "съешь ещё этих булок",
      "薔薇色の夕焼けが海に沈んでいく頃に",
      `${fourteen}\t\0\u200d`,
    ]) {
      expect(parseNewPassword(text, rules)).toBe(text);
    }
  });

  it("are in NFC afterwards, however they were typed", () => {
    const typed = "Ångström façade naïve";
    expect(parseNewPassword(typed.normalize("NFD"), rules)).toBe(typed.normalize("NFC"));
  });
});

describe("a common password", () => {
  const email = "alice.smith@example.com";

  it.each([
    ["on the list", "passwordstandard"],
    ["on the list, in capitals", "PassWordStandard"],
    ["on the list, in full-width letters", "ｐａｓｓｗｏｒｄｓｔａｎｄａｒｄ"],
    ["on the list, with other characters between", "pass word-stan.dard"],
    ["on the list, with other characters around it", "----password----"],
    ["one on the list, twice", "passwordpassword"],
    ["one on the list, again and again, cut short", "hunter2hunter2hun"],
    ["two very common ones", "iloveyouforever"],
    ["one on the list and the digits in order", "Liverpool-123456"],
    ["digits in order", "123456789012345"],
    ["digits in order, twice", "123456789123456789"],
    ["digits there and back", "1234567887654321"],
    ["digits backwards", "987654321098765"],
    ["the alphabet", "abcdefghijklmno"],
    ["a row of keys", "qwertyuiopasdfg"],
    ["columns of keys", "1qaz2wsx3edc4rfv"],
    ["the digits with the shift key held", "!@#$%^&*()_+!@#"],
    ["one character", "aaaaaaaaaaaaaaa"],
    ["one emoji", "🦊".repeat(20)],
    ["four characters", "x7#Kx7#Kx7#Kx7#K"],
    ["this product's name", "MusterMusterMuster"],
    ["this product's name and digits", "muster-123456789"],
    ["this product's name and one on the list", "Muster Manchester"],
    ["the e-mail address", "alice.smith@example.com"],
    ["the e-mail address in capitals", "ALICE.SMITH@EXAMPLE.COM"],
    ["the name in the e-mail address, twice", "alice.smith alice.smith"],
    ["the name in the e-mail address and digits", "AliceSmith12345"],
    ["the domain of the e-mail address", "example.comexample.com"],
  ])("is refused: %s", (_what, text) => {
    expect(refusal(text, { email })).toMatchObject({ ...badInput, reason: "PASSWORD_COMMON" });
  });

  it.each([
    "password",
    "12345678",
    "iloveyou",
    "trustno1",
    "98765432",
    "qwertyui",
    "abcd1234",
    "football1",
    "Password1",
  ])("is refused where the minimum is 8: %s", (text) => {
    expect(refusal(text, { minLength: 8, email })).toMatchObject({ ...badInput, reason: "PASSWORD_COMMON" });
  });

  it.each([
    "correct horse battery staple",
    "butterfly mountain",
    "a long enough password",
    "password of the winter palace",
    "alice had a little lamb",
    "x7#Kq!vR2m$Wd9z",
    "muster the whole troop",
  ])("is not every password with a common word in it: %s", (text) => {
    expect(parseNewPassword(text, { ...rules, email })).toBe(text);
  });

  it("is never echoed", () => {
    for (const text of ["passwordpassword", "brief", `${fourteen}\ud83d`, "secret".repeat(100)]) {
      const error = refusal(text);
      expect(error).toBeInstanceOf(Error);
      expect(JSON.stringify([error, (error as Error).message, (error as Error).cause])).not.toContain(text);
    }
  });
});

describe("a password at login", () => {
  it("meets no rule: short, common and long ones are compared as they are", () => {
    for (const text of ["x", "password", "y".repeat(500)]) expect(normalizePassword(text)).toBe(text);
  });

  it("is normalised as at sign-up, so that it matches however it was typed", async () => {
    const hasher = createHasher({ memoryKiB: 64, timeCost: 1 });
    const hash = await hasher.hash(parseNewPassword("Ångström façade naïve".normalize("NFD"), rules));
    expect(await hasher.verify(hash, normalizePassword("Ångström façade naïve".normalize("NFC")))).toBe(true);
    expect(await hasher.verify(hash, normalizePassword("Ångström façade naïve".normalize("NFD")))).toBe(true);
  });

  it("matches nothing where it could not have been set", async () => {
    const hasher = createHasher({ memoryKiB: 64, timeCost: 1 });
    const replaced = await hasher.hash(`${fourteen}\ufffd`);
    expect(normalizePassword(`${fourteen}\ud83d`)).toBe("");
    expect(await hasher.verify(replaced, normalizePassword(`${fourteen}\ud83d`))).toBe(false);
    expect(normalizePassword("x".repeat(1025))).toBe("");
  });

  it("is what was set, whatever was accepted", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 8, maxLength: 140 }), (text) => {
        let accepted: string;
        try {
          accepted = parseNewPassword(text, { minLength: 8 });
        } catch (error) {
          expect(error).toMatchObject(badInput);
          return;
        }
        expect(normalizePassword(text)).toBe(accepted);
        expect(normalizePassword(text.normalize("NFD"))).toBe(accepted);
        expect([...accepted].length).toBeLessThanOrEqual(128);
      }),
      { numRuns: 500 },
    );
  });
});
