import type { KeyObject } from "node:crypto";
import jwt from "jsonwebtoken";
import { type AccessClaims, clientId, type OwnClaims } from "./claims.js";
import type { Keys } from "./keys.js";

export type AccessTokenContent = {
  issuer: string;
  audience: string;
  /** The user's id. */
  sub: string;
  /** The session's id, of the form `idPattern`. */
  sid: string;
  /** This token's own id, of the form `idPattern`. */
  jti: string;
  issuedAt: Date;
  /** Falls in a later whole second than `issuedAt`. */
  expiresAt: Date;
  authTime: Date;
  /** What the system's counter was when the session began: a whole number from 0 on. */
  sys: number;
  /** What the strategy adds. */
  own?: OwnClaims | undefined;
};

/**
 * Signs an access token: a JWS in compact form (RFC 7515 section 7.1) with `typ: at+jwt` and the claims of RFC 9068.
 * Times become whole seconds, rounded down. The same content gives the same claims at every call (an ES256 signature is
 * different each time). Throws `TypeError` where the token would be dead from the start, or a time is no time.
 */
export function issueAccessToken(
  keys: Keys,
  content: AccessTokenContent,
  signingKey: KeyObject = keys.signingKey,
): string {
  const claims = claimsOf(content);
  const { algorithm, kid } = keys;
  return jwt.sign(claims, signingKey, { algorithm, header: { alg: algorithm, typ: "at+jwt", kid } });
}

/** The claims of a token of this content. @throws TypeError as `issueAccessToken` */
export function claimsOf(content: AccessTokenContent): AccessClaims {
  const { issuer, audience, sub, sid, jti, issuedAt, expiresAt, authTime, sys, own } = content;
  const claims: AccessClaims = {
    iss: issuer,
    aud: audience,
    sub,
    client_id: clientId,
    iat: wholeSeconds(issuedAt),
    exp: wholeSeconds(expiresAt),
    auth_time: wholeSeconds(authTime),
    jti,
    sid,
    ims: issuedAt.getTime(),
    sys,
    ...own,
  };
  if (claims.exp <= claims.iat) throw new TypeError("A token must expire in a later second than it was issued in.");
  return claims;
}

function wholeSeconds(date: Date): number {
  const seconds = Math.floor(date.getTime() / 1000);
  // jsonwebtoken takes an `iat` of 0 for a missing one and puts the present in its place.
  if (!(seconds > 0)) throw new TypeError("A token's times must be dates after 1970 began.");
  return seconds;
}
