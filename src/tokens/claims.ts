import { randomBytes } from "node:crypto";

/** The `client_id` of every token (RFC 9068 section 2.2): there is one client, the server's own API. */
export const clientId = "muster";

/** The claims of an access token (RFC 9068 section 2.2, and `sid`). Times are whole seconds since the epoch. */
export type AccessClaims = {
  iss: string;
  /** One audience, as text. RFC 7519 also allows a list; Muster neither issues nor accepts one. */
  aud: string;
  /** The user's id. */
  sub: string;
  client_id: string;
  iat: number;
  exp: number;
  /** When the user last proved who they are. */
  auth_time: number;
  /** Unique to this token: `newId()`. */
  jti: string;
  /** The session: `newId()`. */
  sid: string;
  /** When it was issued in milliseconds, by the database's clock: what orders it against a revocation. In the second of `iat`. */
  ims: number;
  /** What the system's counter was when its session began. */
  sys: number;
} & OwnClaims;

/** What a strategy adds to the tokens that it judges. */
export type OwnClaims = {
  /** Which strategy judges it; left out by `session-list`, which judges any token by the roll. */
  judged_by?: string;
  /** `token-version` */
  ver?: number;
  /** `token-key` */
  key?: string;
  /** `group-epoch`: the group, and the cluster time up to which the issuer had applied everything, in decimal. */
  grp?: readonly [group: number, stamp: string];
};

/**
 * The form of a `jti` and a `sid`: 16 bytes in base64url, 22 characters. The last four bits carry nothing and must be
 * zero, so that each value has one spelling.
 */
export const idPattern = /^[A-Za-z0-9_-]{21}[AQgw]$/;

/** 128 random bits as text of the form `idPattern`. */
export function newId(): string {
  return randomBytes(16).toString("base64url");
}
