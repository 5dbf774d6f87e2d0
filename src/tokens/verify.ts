import type { KeyObject } from "node:crypto";
import jwt from "jsonwebtoken";
import { MusterError } from "../errors.js";
import { type AccessClaims, clientId, idPattern, type OwnClaims } from "./claims.js";
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
  /** The form of the ids of tokens; `idPattern` where it is left out. */
  jtiPattern?: RegExp | undefined;
  /**
   * Takes a strategy's own claims out of a payload, with their form checked. @throws MusterError `TOKEN_INVALID`, or `TOKEN_SUPERSEDED`
   * where another strategy made the token
   */
  parseOwn?: ((payload: Record<string, unknown>) => OwnClaims) | undefined;
  /** Whether a payload says that it was signed with a key of its user, as another strategy does that was left. Must not throw. */
  isKeyedByUser?: ((payload: Record<string, unknown>) => boolean) | undefined;
  /** Milliseconds since the epoch. */
  now: () => number;
};

/** Gives the claims of a good access token; throws `MusterError` `TOKEN_INVALID`, `TOKEN_EXPIRED` or `TOKEN_SUPERSEDED`, nothing else. */
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
  const check = createCheck(options);
  const { keys } = options;
  return (token) => {
    try {
      return check(open(token, (text) => verifySignature(text, keys.verifyingKey, keys)));
    } catch (error) {
      if (mayBeKeyedByUser(token, options)) throw new MusterError("TOKEN_SUPERSEDED", { cause: "signature" });
      throw error;
    }
  };
}

/** Whether a token that is refused says that this deployment signed it under another strategy: its client may refresh, and need not forget it. */
function mayBeKeyedByUser(token: string, { keys, isKeyedByUser }: VerifierOptions): boolean {
  if (!isKeyedByUser) return false;
  try {
    const { header, payload } = open(token, decodeOnly);
    checkHeader(header, keys);
    return isKeyedByUser(payload);
  } catch {
    return false;
  }
}

function decodeOnly(token: string): jwt.Jwt {
  const opened = jwt.decode(token, { complete: true });
  if (!opened) throw invalid("form");
  return opened;
}

/**
 * The same for tokens whose signature can be looked at only later, because the key depends on what the token says: everything but the
 * signature is checked. What it gives is to be believed only after `isSignedWith`.
 */
export function createReader(options: VerifierOptions): Verifier {
  const check = createCheck(options);
  return (token) =>
    check(
      open(token, (text) => {
        const opened = jwt.decode(text, { complete: true });
        if (opened?.header.alg !== options.keys.algorithm) throw invalid("header alg");
        return opened;
      }),
    );
}

/** Whether a token that `createReader` has read was signed with this key. */
export function isSignedWith(token: string, key: KeyObject, keys: Pick<Keys, "algorithm">): boolean {
  try {
    verifySignature(token, key, keys);
    return true;
  } catch {
    return false;
  }
}

function verifySignature(token: string, key: KeyObject, { algorithm }: Pick<Keys, "algorithm">): jwt.Jwt {
  return jwt.verify(token, key, {
    algorithms: [algorithm],
    complete: true,
    ignoreExpiration: true,
    ignoreNotBefore: true,
  });
}

function createCheck(options: VerifierOptions) {
  const { keys, issuer, audience, accessTokenSeconds, leewaySeconds = 0, now } = options;
  if (!issuer || !audience) throw new TypeError("A verifier needs an issuer and an audience.");
  if (!Number.isSafeInteger(accessTokenSeconds) || accessTokenSeconds < 1) {
    throw new TypeError("A token's longest lifetime must be a whole number of seconds, 1 or more.");
  }
  if (!Number.isSafeInteger(leewaySeconds) || leewaySeconds < 0) {
    throw new TypeError("The leeway must be a whole number of seconds, 0 or more.");
  }

  return ({ header, payload }: Opened): AccessClaims => {
    checkHeader(header, keys);
    const claims = parseClaims(payload, options);
    // Written so that a clock that gives no number admits nothing.
    if (!(now() < (claims.exp + leewaySeconds) * 1000)) throw new MusterError("TOKEN_EXPIRED");
    return claims;
  };
}

type Opened = { header: jwt.JwtHeader; payload: jwt.JwtPayload };

/** Length, form, signature (or what stands for it) and spelling, in this order. */
function open(token: unknown, decode: (token: string) => jwt.Jwt): Opened {
  if (typeof token !== "string" || token.length > longestToken || !compactForm.test(token)) throw invalid("form");
  let opened: jwt.Jwt;
  let respelt: string;
  try {
    opened = decode(token);
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

/** The claims of an access token, each with its form checked; its expiry is not looked at. @throws MusterError `TOKEN_INVALID`, `TOKEN_SUPERSEDED` */
export function parseClaims(
  payload: Record<string, unknown>,
  options: Pick<
    VerifierOptions,
    "issuer" | "audience" | "accessTokenSeconds" | "isSubject" | "jtiPattern" | "parseOwn"
  >,
): AccessClaims {
  const { issuer, audience, accessTokenSeconds, isSubject, jtiPattern = idPattern, parseOwn } = options;
  const { iss, aud, sub, client_id, iat, exp, auth_time, jti, sid, ims, sys } = payload;
  if (iss !== issuer) throw invalid("claim iss");
  if (aud !== audience) throw invalid("claim aud");
  if (client_id !== clientId) throw invalid("claim client_id");
  if (typeof sub !== "string" || sub === "" || !isSubject(sub)) throw invalid("claim sub");
  if (typeof sid !== "string" || !idPattern.test(sid)) throw invalid("claim sid");
  if (typeof jti !== "string" || !jtiPattern.test(jti)) throw invalid("claim jti");
  if (!isNumericDate(iat)) throw invalid("claim iat");
  if (!isNumericDate(exp)) throw invalid("claim exp");
  if (!isNumericDate(auth_time)) throw invalid("claim auth_time");
  if (!(exp > iat && exp - iat <= accessTokenSeconds)) throw invalid("claim exp");
  if (!isNumericDate(ims) || Math.floor(ims / 1000) !== iat) throw invalid("claim ims");
  if (!isNumericDate(sys)) throw invalid("claim sys");
  // None is ever issued, and to ignore one would be to disobey it (RFC 7519 section 4.1.5).
  if ("nbf" in payload) throw invalid("claim nbf");
  // Named one by one, so that no other member of the payload travels on.
  return { iss, aud, sub, client_id, iat, exp, auth_time, jti, sid, ims, sys, ...parseOwn?.(payload) };
}

function isNumericDate(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function invalid(check: string): MusterError {
  return new MusterError("TOKEN_INVALID", { cause: check });
}
