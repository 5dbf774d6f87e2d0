import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newId } from "../../src/tokens/claims.js";
import { createKeys } from "../../src/tokens/keys.js";
import {
  hasGoodMac,
  makeRefreshToken,
  type ParsedRefreshToken,
  parseRefreshToken,
} from "../../src/tokens/refresh-token.js";
import { allKeys, goodToken, secret } from "./fixtures.js";
import { withStrayBits } from "./forge.js";

const key = createKeys({ secret }).derive("test: refresh");
const content = { userId: "65a1b2c3d4e5f60718293a4b", sessionId: newId(), generation: 7, refreshSeed: newId() };
const good = makeRefreshToken(key, content);
const [user = "", session = "", generation = "", mac = ""] = good.split(".");
const parsed = parseRefreshToken(good) as ParsedRefreshToken;

const userIds = fc
  .string({ unit: "binary", minLength: 1, maxLength: 50 })
  .filter((text) => Buffer.byteLength(text) <= 200);

describe("a refresh token", () => {
  it("gives back what it was made of", () => {
    fc.assert(
      fc.property(userIds, fc.maxSafeNat(), fc.string({ minLength: 1 }), (userId, generation, refreshSeed) => {
        const made = { userId, sessionId: newId(), generation };
        const token = makeRefreshToken(key, { ...made, refreshSeed });
        const read = parseRefreshToken(token);
        expect(read).toMatchObject(made);
        expect(read && hasGoodMac(key, read, refreshSeed)).toBe(true);
        expect(token).toMatch(/^[\w.-]{71,400}$/);
      }),
    );
  });

  it("is the same text whenever it is made of the same things", () => {
    expect(makeRefreshToken(key, { ...content })).toBe(good);
  });

  it("carries a user's id of 200 bytes, and none longer", () => {
    const longest = "\u00E9".repeat(100);
    expect(parseRefreshToken(makeRefreshToken(key, { ...content, userId: longest }))?.userId).toBe(longest);
    expect(() => makeRefreshToken(key, { ...content, userId: `${longest}x` })).toThrow(TypeError);
  });

  it("has the mac that the design describes", () => {
    const expected = createHmac("sha256", key).update(`${user}.${session}.${generation}.${content.refreshSeed}`);
    expect(mac).toBe(expected.digest("base64url"));
  });
});

describe("the mac", () => {
  it("is good for its own session's seed and key", () => {
    expect(hasGoodMac(key, parsed, content.refreshSeed)).toBe(true);
  });

  it.each([
    ["another user", { userId: "65a1b2c3d4e5f60718293a4c" }],
    ["another session", { sessionId: newId() }],
    ["the generation before", { generation: 6 }],
    ["the generation after", { generation: 8 }],
    ["no mac", { mac: Buffer.alloc(0) }],
    ["half a mac", { mac: parsed.mac.subarray(0, 16) }],
    ["a mac of zeros", { mac: Buffer.alloc(32) }],
    ["a mac with a byte more", { mac: Buffer.concat([parsed.mac, Buffer.alloc(1)]) }],
  ])("is wrong for %s", (_, change) => {
    expect(hasGoodMac(key, { ...parsed, ...change }, content.refreshSeed)).toBe(false);
  });

  it("is wrong for another seed, none, or a longer one", () => {
    for (const seed of [newId(), "", `${content.refreshSeed}.`, undefined as unknown as string]) {
      expect(hasGoodMac(key, parsed, seed)).toBe(false);
    }
  });

  it("is wrong under another deployment's key, or one derived for another use", () => {
    for (const other of [...allKeys.map((keys) => keys.derive("another use")), Buffer.alloc(32)]) {
      expect(hasGoodMac(other, parsed, content.refreshSeed)).toBe(false);
    }
  });

  it("does not change its meaning with where one part ends and the next begins", () => {
    const moved = makeRefreshToken(key, { ...content, generation: 71, refreshSeed: content.refreshSeed.slice(1) });
    expect(moved.split(".")[3]).not.toBe(mac);
  });
});

describe("text that is no refresh token", () => {
  it.each<[string, unknown]>([
    ["nothing", ""],
    ["no text", undefined],
    ["null", null],
    ["a list of one", [good]],
    ["an operator", { $ne: null }],
    ["an access token", goodToken(allKeys[0] as never).good],
    ["three parts", `${user}.${session}.${generation}`],
    ["five parts", `${good}.x`],
    ["an empty user", `.${session}.${generation}.${mac}`],
    ["an empty session", `${user}..${generation}.${mac}`],
    ["an empty generation", `${user}.${session}..${mac}`],
    ["an empty mac", `${user}.${session}.${generation}.`],
    ["a space before it", ` ${good}`],
    ["a line feed after it", `${good}\n`],
    ["padding", `${good}=`],
    ["stray bits in the mac", good.replace(mac, withStrayBits(mac))],
    ["stray bits in the session", good.replace(session, withStrayBits(session))],
    ["stray bits in the user", makeRefreshToken(key, { ...content, userId: "ab" }).replace("YWI.", "YWJ.")],
    ["a user of one base64 character", `A.${session}.${generation}.${mac}`],
    ["a user whose length base64 does not have", `AAAAA.${session}.${generation}.${mac}`],
    ["a user that is not UTF-8", `wyg.${session}.${generation}.${mac}`],
    ["a user of 201 bytes", `${Buffer.alloc(201, "x").toString("base64url")}.${session}.${generation}.${mac}`],
    ["a generation with a zero before it", `${user}.${session}.07.${mac}`],
    ["a generation with a sign", `${user}.${session}.-7.${mac}`],
    ["a generation in exponents", `${user}.${session}.7e0.${mac}`],
    ["a generation in hexadecimal", `${user}.${session}.0x7.${mac}`],
    ["a generation above what is exact", `${user}.${session}.9007199254740992.${mac}`],
    ["a generation in other digits", `${user}.${session}.\u0667.${mac}`],
    ["a mac a character short", good.slice(0, -1)],
    ["a mac a character long", `${good}A`],
    ["letters of the other base64 alphabet", `${user}.${session}.${generation}.${"+/".repeat(21)}A`],
    ["a megabyte", "A".repeat(1_000_000)],
    ["a megabyte of dots", ".".repeat(1_000_000)],
  ])("gives null: %s", (_, text) => {
    expect(parseRefreshToken(text)).toBeNull();
  });

  it("is every text but the one that was made, or its mac is wrong", () => {
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.string({ unit: "binary", maxLength: 3 }), fc.nat(3), (at, text, cut) => {
        const changed = good.slice(0, at) + text + good.slice(at + cut);
        const read = parseRefreshToken(changed);
        const isGood = read !== null && hasGoodMac(key, read, content.refreshSeed);
        expect(isGood).toBe(changed === good);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a token that cannot be made", () => {
  it.each([
    ["an empty user", { userId: "" }],
    ["a user with a lone surrogate", { userId: "\uD800" }],
    ["a session of another form", { sessionId: "session" }],
    ["a negative generation", { generation: -1 }],
    ["half a generation", { generation: 0.5 }],
    ["a generation that is not exact", { generation: 2 ** 53 }],
    ["no seed", { refreshSeed: "" }],
  ])("is a TypeError: %s", (_, change) => {
    expect(() => makeRefreshToken(key, { ...content, ...change })).toThrow(TypeError);
  });
});
