import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MusterError } from "../../src/errors.js";
import { ecdsaTwin } from "./attacks.js";
import { allKeys, goodToken, verifierOf } from "./fixtures.js";

/** One way to spoil a token; `other` is a second good one. */
type Mutation = (token: string, other: string) => string;

const segmentIndex = fc.nat(2);
const alphabet = fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ");

const onSegment = (index: number, change: (segment: string, other: string) => string): Mutation => {
  return (token, other) => {
    const [parts, others] = [token.split("."), other.split(".")];
    return parts.map((part, at) => (at === index ? change(part, others[at] ?? "") : part)).join(".");
  };
};
const onBytes = (change: (bytes: Buffer) => Buffer) => (segment: string) =>
  change(Buffer.from(segment, "base64url")).toString("base64url");

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  // the text: a character replaced, put in, or a stretch left out
  fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), alphabet, fc.nat(2)).map(
    ([at, char, cut]): Mutation =>
      (token) => {
        const start = Math.floor(at * token.length);
        return token.slice(0, start) + char + token.slice(start + cut);
      },
  ),
  // the end of the text, where the bits that carry nothing are
  alphabet.map(
    (char): Mutation =>
      (token) =>
        token.slice(0, -1) + char,
  ),
  fc.tuple(segmentIndex, alphabet).map(([at, char]) => onSegment(at, (segment) => segment.slice(0, -1) + char)),
  // the bytes of a segment
  fc.tuple(segmentIndex, fc.nat(), fc.integer({ min: 1, max: 255 })).map(([at, where, mask]) =>
    onSegment(
      at,
      onBytes((bytes) => {
        const index = where % bytes.length;
        bytes[index] = (bytes[index] ?? 0) ^ mask;
        return bytes;
      }),
    ),
  ),
  fc.tuple(segmentIndex, fc.uint8Array({ maxLength: 4 }), fc.boolean()).map(([at, extra, before]) =>
    onSegment(
      at,
      onBytes((bytes) => Buffer.concat(before ? [extra, bytes] : [bytes, extra])),
    ),
  ),
  fc.tuple(segmentIndex, fc.nat(8)).map(([at, count]) =>
    onSegment(
      at,
      onBytes((bytes) => bytes.subarray(0, bytes.length - count)),
    ),
  ),
  // whole segments: another token's, emptied, doubled, put elsewhere
  segmentIndex.map((at) => onSegment(at, (_, other) => other)),
  fc
    .constantFrom("", "e30", "bnVsbA", "W10", "AA")
    .chain((text) => segmentIndex.map((at) => onSegment(at, () => text))),
  segmentIndex.map((at) => onSegment(at, (segment) => segment + segment)),
  fc.shuffledSubarray([0, 1, 2], { minLength: 1 }).map(
    (order): Mutation =>
      (token) =>
        order.map((at) => token.split(".")[at]).join("."),
  ),
  // what is signed again differently: the twin, and what carries the same bytes in another spelling
  fc.constant<Mutation>((token) => (token.split(".")[2]?.length === 86 ? ecdsaTwin(token) : token)),
  fc.constantFrom("=", "==", "\n", " ", "%3D", ".").map(
    (tail): Mutation =>
      (token) =>
        token + tail,
  ),
  fc.constant<Mutation>((token) => token.replaceAll("-", "+").replaceAll("_", "/")),
);

const bytesOf = (token: string) => token.split(".").map((segment) => Buffer.from(segment, "base64url").toString("hex"));

/** The byte triples that stand for a good token: itself, and under ES256 its twin. */
function goodBytes(token: string): string[] {
  const spellings = token.split(".")[2]?.length === 86 ? [token, ecdsaTwin(token)] : [token];
  return spellings.map((text) => bytesOf(text).join("."));
}

describe.each([
  ["HS256", 3000],
  ["RS256", 1500],
  ["ES256", 1000],
] as const)("under %s", (algorithm, numRuns) => {
  const keys = allKeys.find((one) => one.algorithm === algorithm);
  if (!keys) throw new Error("There is no such key.");
  const verify = verifierOf(keys);
  const { good, goodClaims } = goodToken(keys);
  const { good: other, goodClaims: otherClaims } = goodToken(keys);
  const goodOnes = new Map([
    ...goodBytes(good).map((bytes) => [bytes, goodClaims] as const),
    ...goodBytes(other).map((bytes) => [bytes, otherClaims] as const),
  ]);

  it("admits of all mutants of a good token only those of the same bytes, and for the same claims", () => {
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
        const mutant = mutations.reduce((token, mutate) => mutate(token, other), good);
        let admitted: unknown;
        try {
          admitted = verify(mutant);
        } catch (error) {
          expect(error).toBeInstanceOf(MusterError);
          expect(error).toMatchObject({ code: "UNAUTHENTICATED", reason: "TOKEN_INVALID" });
          return;
        }
        // Not only the bytes: the text, too, is spelt as the server spells it.
        expect(goodOnes.get(bytesOf(mutant).join("."))).toEqual(admitted);
        expect(
          mutant
            .split(".")
            .map((segment) => Buffer.from(segment, "base64url").toString("base64url"))
            .join("."),
        ).toBe(mutant);
      }),
      { numRuns },
    );
  });

  it("refuses arbitrary text, bytes and JSON without ever failing otherwise", () => {
    const segments = fc.oneof(
      fc.json().map((json) => Buffer.from(json).toString("base64url")),
      fc.uint8Array().map((bytes) => Buffer.from(bytes).toString("base64url")),
      fc.string({ unit: "binary" }),
      fc.constantFrom(...good.split(".")),
    );
    fc.assert(
      fc.property(fc.array(segments, { minLength: 1, maxLength: 4 }), (parts) => {
        const text = parts.join(".");
        fc.pre(text !== good);
        expect(() => verify(text)).toThrowError(expect.objectContaining({ reason: "TOKEN_INVALID" }));
      }),
      { numRuns: 500 },
    );
  });
});
