import { describe, expect, it } from "vitest";
import { MusterError } from "../../src/errors.js";
import { parseBearer } from "../../src/tokens/bearer.js";

describe("a header that offers no token", () => {
  it.each([
    ["none at all", undefined],
    ["an empty list", []],
    ["an empty one", ""],
    ["one of white space", "  "],
    ["Basic credentials", "Basic YWRhOnBhc3N3b3Jk"],
    ["Digest credentials", 'Digest username="ada", realm="bearers", nonce="x"'],
    ["a scheme that begins like Bearer", "Bearer-Key abc"],
    ["a scheme that goes on after Bearer", "Bearerish abc"],
    ["a scheme that ends in Bearer", "X-Bearer abc"],
    ["Bearer as the credentials of another scheme", "Basic Bearer"],
    ["a token without a scheme", "eyJhbGciOiJIUzI1NiJ9.e30.AAAA"],
    ["a single one in a list, of another scheme", ["Basic YWRhOnBhc3N3b3Jk"]],
  ])("gives null: %s", (_, header) => {
    expect(parseBearer(header)).toBeNull();
  });
});

describe("a header that offers one token", () => {
  it.each([
    ["Bearer abc.def.ghi", "abc.def.ghi"],
    ["bearer abc.def.ghi", "abc.def.ghi"],
    ["BEARER abc.def.ghi", "abc.def.ghi"],
    ["bEaReR aZ09-._~+/==", "aZ09-._~+/=="],
    ["Bearer Bearer", "Bearer"],
  ])("gives it: %s", (header, token) => {
    expect(parseBearer(header)).toBe(token);
    expect(parseBearer([header])).toBe(token);
  });
});

describe("a header that offers something, but not one token", () => {
  it.each([
    ["the scheme alone", "Bearer"],
    ["the scheme and a space", "Bearer "],
    ["two spaces", "Bearer  abc"],
    ["a tab", "Bearer\tabc"],
    ["a space before it", " Bearer abc"],
    ["a space after it", "Bearer abc "],
    ["a line feed after it", "Bearer abc\n"],
    ["another line", "Bearer abc\r\nX: y"],
    ["two tokens", "Bearer abc def"],
    ["two joined by a comma", "Bearer abc, Bearer def"],
    ["two joined by a comma without a space", "Bearer abc,Bearer def"],
    ["one joined to another scheme", "Basic YWRhOnBhc3N3b3Jk, Bearer abc"],
    ["another scheme joined to it", "Bearer abc, Basic YWRhOnBhc3N3b3Jk"],
    ["a comma after it", "Bearer abc,"],
    ["a colon after the scheme", "Bearer: abc"],
    ["an equals sign after the scheme", "Bearer=abc"],
    ["quotation marks", 'Bearer "abc"'],
    ["a parameter", 'Bearer realm="muster"'],
    ["padding alone", "Bearer =="],
    ["padding inside", "Bearer a=b"],
    ["a percent sign", "Bearer abc%2Edef"],
    ["a letter outside ASCII", "Bearer \u00E9"],
    ["a NUL", "Bearer abc\0"],
    ["two headers", ["Bearer abc", "Bearer def"]],
    ["the same header twice", ["Bearer abc", "Bearer abc"]],
    ["two headers, one of another scheme", ["Basic YWRhOnBhc3N3b3Jk", "Bearer abc"]],
    ["two headers, neither of them Bearer", ["Basic YWRhOnBhc3N3b3Jk", "Basic YWRhOnBhc3N3b3Jk"]],
  ])("is refused: %s", (_, header) => {
    let thrown: unknown;
    try {
      parseBearer(header);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(MusterError);
    expect(thrown).toMatchObject({ code: "UNAUTHENTICATED", reason: "TOKEN_INVALID" });
    const { message, cause } = thrown as MusterError;
    expect(`${message} ${cause}`).not.toMatch(/abc|def|YWRh/);
  });
});

it("reads a header of any length in a time that grows no faster than it", () => {
  for (const filler of [",", " ", ", ", ", bearer", "=", "Bearer ", "\t,"]) {
    const header = `Basic ${filler.repeat(200_000)}`;
    const start = performance.now();
    let outcome: unknown;
    try {
      outcome = parseBearer(header);
    } catch (error) {
      outcome = (error as MusterError).reason;
    }
    expect([null, "TOKEN_INVALID"]).toContain(outcome);
    expect(performance.now() - start).toBeLessThan(1000);
  }
});
