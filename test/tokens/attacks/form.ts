import { makeRefreshToken } from "../../../src/tokens/refresh-token.js";
import { forge } from "../forge.js";
import { type Attack, goodHeader, refusedBy, type Target } from "./attack.js";

/** What is not a JWS in compact form, or is too long to be one of ours. */
export function formAttacks({ keys, good, goodClaims }: Target): Attack[] {
  const [header = "", payload = "", signature = ""] = good.split(".");
  const refresh = { userId: goodClaims.sub, sessionId: goodClaims.sid, generation: 0, refreshSeed: "seed" };
  const long = forge(goodHeader(keys), { ...goodClaims, filler: "x".repeat(4096) }, keys.algorithm, keys.signingKey);
  return refusedBy("form", [
    ["nothing", ""],
    ["the word null", "null"],
    ["the word undefined", "undefined"],
    ["an object turned into text", "[object Object]"],
    ["two dots", ".."],
    ["one segment", header],
    ["two segments", `${header}.${payload}`],
    ["four segments", `${good}.${signature}`],
    ["five segments, as an encrypted token has", `${good}.${payload}.${signature}`],
    ["an empty header", `.${payload}.${signature}`],
    ["an empty payload", `${header}..${signature}`],
    ["an empty signature", `${header}.${payload}.`],
    ["a trailing dot", `${good}.`],
    ["a leading dot", `.${good}`],
    ["a padded signature", `${good}=`],
    ["a padded payload", `${header}.${payload}==.${signature}`],
    ["letters of the other base64 alphabet", `${header}.+/${payload}.${signature}`],
    ["a percent-encoded dot", good.replace(".", "%2E")],
    ["percent-encoded text after it", `${good}%00`],
    ["quotation marks around it", `"${good}"`],
    ["the scheme twice", `Bearer ${good}`],
    ["two tokens joined by a comma", `${good}, ${good}`],
    ["two tokens joined by a space", `${good} ${good}`],
    ["a parameter after it", `${good};alg=none`],
    ["a tab inside", `${header}\t.${payload}.${signature}`],
    ["a letter outside ASCII", `${good}\u00E9`],
    ["a JWS in JSON form", JSON.stringify({ protected: header, payload, signature })],
    ["an access token above the longest length", long],
    ["a refresh token", makeRefreshToken(keys.derive("test"), refresh)],
    ["the session's id", goodClaims.sid],
    ["the token's id", goodClaims.jti],
    ["a UUID", "0b6f4c3e-5d0e-4c58-9a1b-6a5c0e4c7f10"],
    ["an e-mail address and a password", "YWRhQGV4YW1wbGUuY29tOmNvcnJlY3QgaG9yc2U="],
    ["a query operator", '{"$gt":""}'],
  ]);
}

/** Tokens that no header can carry, or none carries unchanged; sockets and library calls can. */
export function unsendable({ good }: Target): Attack[] {
  return refusedBy("form", [
    ["a trailing line feed", `${good}\n`],
    ["a leading byte order mark", `\uFEFF${good}`],
    ["a trailing NUL", `${good}\0`],
    ["a leading space", ` ${good}`],
    ["a trailing space", `${good} `],
    ["a full-width full stop for a dot", good.replace(".", "\uFF0E")],
    ["a lone surrogate", `${good}\uD800`],
    ["a letter that lower case turns into k", good.replace(".", "\u212A.")],
    ["a megabyte of letters", "A".repeat(1_000_000)],
    ["a megabyte of dots", ".".repeat(1_000_000)],
  ]);
}
