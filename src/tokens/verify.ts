import jwt from "jsonwebtoken";
import { MusterError } from "../errors.js";
import { type AccessClaims, clientId, idPattern } from "./claims.js";
import type { Keys } from "./keys.js";

export type VerifierOptions = {
  keys: Keys;
  issuer: string;
  audience: string;
  /** The longest lifetime a token may claim. */
  accessTokenSeconds: number;
  /** How long after its `exp` a token is still taken. Applies to `exp` alone. */
  leewaySeconds?: number;
  /** Whether a text has the form of a user's id. Must not throw. */
  isSubject: (text: string) => boolean;
  /** Milliseconds since the epoch. */
  now: () => number;
};

/** Gives the claims of a good access token; throws `MusterError` `TOKEN_INVALID` or `TOKEN_EXPIRED`, nothing else. */
export type Verifier = (token: string) => AccessClaims;

const longestToken = 4096;
const compactForm = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * Makes the check that every access token passes before anything is looked up (RFC 7519 section 7.2, RFC 8725, RFC
 * 9068 section 4). The key decides the algorithm; a token is good only if it is spelt as `issueAccessToken` spells
 * it. A token that is good but for its age gives `TOKEN_EXPIRED`; whatever else is wrong gives `TOKEN_INVALID`, with
 * the name of the failed check as `cause` and nothing of the token. Throws `TypeError` at once for options under
 * which a check would mean nothing.
 *
 * NOTE: `iat` is not held against the clock. What orders a token against a revocation comes from the database.
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const { keys, issuer, audience, accessTokenSeconds, leewaySeconds = 0, now } = options;
  if (!issuer || !audience) throw new TypeError("A verifier needs an issuer and an audience.");
  if (!Number.isSafeInteger(accessTokenSeconds) || accessTokenSeconds < 1) {
    throw new TypeError("A token's longest lifetime must be a whole number of seconds, 1 or more.");
  }
  if (!Number.isSafeInteger(leewaySeconds) || leewaySeconds < 0) {
    throw new TypeError("The leeway must be a whole number of seconds, 0 or more.");
  }

  return (token) => {
    const { header, payload } = open(token, keys);
    checkHeader(header, keys);
    const claims = checkClaims(payload, options);
    // Written so that a clock that gives no number admits nothing.
    if (!(now() < (claims.exp + leewaySeconds) * 1000)) throw new MusterError("TOKEN_EXPIRED");
    return claims;
  };
}

/** Length, form, signature and spelling, in this order. */
function open(token: unknown, keys: Keys): { header: jwt.JwtHeader; payload: jwt.JwtPayload } {
  if (typeof token !== "string" || token.length > longestToken || !compactForm.test(token)) throw invalid("form");
  let opened: jwt.Jwt;
  let respelt: string;
  try {
    opened = jwt.verify(token, keys.verifyingKey, {
      algorithms: [keys.algorithm],
      complete: true,
      ignoreExpiration: true,
      ignoreNotBefore: true,
    });
    respelt = spell(opened);
  } catch {
    // Its errors are dropped: they may quote what they could not parse.
    throw invalid("signature");
  }
  if (respelt !== token) throw invalid("spelling");
  const { header, payload } = opened;
  if (typeof payload !== "object" || Array.isArray(payload)) throw invalid("payload");
  return { header, payload };
}

/**
 * The one way to write a token of this content. Comparing with it refuses padding, stray bits and bytes that are not
 * UTF-8, but also duplicate member names, white space and numbers like `1e9`: whatever another parser might read
 * otherwise (RFC 7515 section 4, RFC 7519 section 4, RFC 4648 section 3.5).
 */
function spell({ header, payload, signature }: jwt.Jwt): string {
  const json = (value: unknown) => Buffer.from(JSON.stringify(value), "utf8").toString("base64url");
  return `${json(header)}.${json(payload)}.${Buffer.from(signature, "base64url").toString("base64url")}`;
}

/** `alg`, `kid` and `typ`, and nothing beside them: no `crit`, no `b64`, no key of the token's own. `open` judged `alg`. */
function checkHeader(header: jwt.JwtHeader, { kid }: Keys): void {
  if (header.kid !== kid) throw invalid("header kid");
  if (typeof header.typ !== "string" || !isAccessTokenType(header.typ)) throw invalid("header typ");
  if (Object.keys(header).length !== 3) throw invalid("header parameter");
}

/** RFC 9068 section 4 names both spellings; media types know no case (RFC 7515 section 4.1.9). */
function isAccessTokenType(typ: string): boolean {
  const type = typ.toLowerCase();
  return type === "at+jwt" || type === "application/at+jwt";
}

function checkClaims(payload: jwt.JwtPayload, options: VerifierOptions): AccessClaims {
  const { issuer, audience, accessTokenSeconds, isSubject } = options;
  const { iss, aud, sub, client_id, iat, exp, auth_time, jti, sid }: Record<string, unknown> = payload;
  if (iss !== issuer) throw invalid("claim iss");
  if (aud !== audience) throw invalid("claim aud");
  if (client_id !== clientId) throw invalid("claim client_id");
  if (typeof sub !== "string" || sub === "" || !isSubject(sub)) throw invalid("claim sub");
  if (typeof sid !== "string" || !idPattern.test(sid)) throw invalid("claim sid");
  if (typeof jti !== "string" || !idPattern.test(jti)) throw invalid("claim jti");
  if (!isNumericDate(iat)) throw invalid("claim iat");
  if (!isNumericDate(exp)) throw invalid("claim exp");
  if (!isNumericDate(auth_time)) throw invalid("claim auth_time");
  if (!(exp > iat && exp - iat <= accessTokenSeconds)) throw invalid("claim exp");
  // None is ever issued, and to ignore one would be to disobey it (RFC 7519 section 4.1.5).
  if ("nbf" in payload) throw invalid("claim nbf");
  // Named one by one, so that no other member of the payload travels on.
  return { iss, aud, sub, client_id, iat, exp, auth_time, jti, sid };
}

function isNumericDate(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function invalid(check: string): MusterError {
  return new MusterError("TOKEN_INVALID", { cause: check });
}
