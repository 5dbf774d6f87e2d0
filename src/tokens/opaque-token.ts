import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { idPattern } from "./claims.js";
import type { Keys } from "./keys.js";

/** What an opaque token is made from, all of it known before the write that puts the token on the roll. */
export type TokenSource = { userId: string; sessionId: string; generation: number; refreshSeed: string };

/** Whose a token is, and the name under which its record is kept: the SHA-256 of its text in base64url. */
export type OpenedToken = { userId: string; sessionId: string; id: string };

export type OpaqueTokens = {
  /** The same source gives the same token. */
  make(source: TokenSource): string;
  /** Null for what this deployment has not made. What it gives says nothing of whether the token is still good. */
  open(text: string): OpenedToken | null;
  /** 16 bytes in base64url that only the source leads to, of the form `idPattern`: for a token that is known by another text. */
  shortIdOf(source: TokenSource): string;
};

/** The form of the ids of opaque tokens: 32 bytes in base64url. */
export const opaqueIdPattern = /^[\w-]{42}[AEIMQUYcgkosw048]$/;

/** User's id in base64url, session's id, the secret, and a tag over these three. */
const compactForm = /^([\w-]{2,300})\.([\w-]{22})\.([\w-]{43})\.([\w-]{43})$/;

/** The id under which the record of a token with this text is kept. */
export const idOfOpaque = (text: string): string => createHash("sha256").update(text, "utf8").digest("base64url");

/**
 * Makes and opens opaque tokens, `userId.sessionId.secret.tag`. The secret is an HMAC-SHA-256 (RFC 2104) over session, generation and
 * `refreshSeed`, so that those who race with one refresh token get one token; the tag tells a token of ours before anything is read. Two
 * keys of their own, by HKDF from the deployment's.
 */
export function createOpaqueTokens(keys: Pick<Keys, "derive">): OpaqueTokens {
  const secretKey = keys.derive("muster opaque access token");
  const tagKey = keys.derive("muster opaque access token: tag");
  const secretOf = ({ userId, sessionId, generation, refreshSeed }: TokenSource) =>
    createHmac("sha256", secretKey)
      .update(`${encoded(userId)}.${sessionId}.${generation}.${refreshSeed}`, "utf8")
      .digest();
  const tagOf = (body: string) => createHmac("sha256", tagKey).update(body, "utf8").digest("base64url");

  return {
    make(source) {
      const body = `${encoded(source.userId)}.${source.sessionId}.${secretOf(source).toString("base64url")}`;
      return `${body}.${tagOf(body)}`;
    },
    open(text) {
      const [, user, sessionId, secret, tag] = compactForm.exec(text) ?? [];
      if (user === undefined || sessionId === undefined || tag === undefined || !idPattern.test(sessionId)) return null;
      const expected = tagOf(`${user}.${sessionId}.${secret}`);
      if (!timingSafeEqual(Buffer.from(expected), Buffer.from(tag))) return null;
      return { userId: Buffer.from(user, "base64url").toString("utf8"), sessionId, id: idOfOpaque(text) };
    },
    shortIdOf: (source) => secretOf(source).subarray(0, 16).toString("base64url"),
  };
}

const encoded = (userId: string) => Buffer.from(userId, "utf8").toString("base64url");
