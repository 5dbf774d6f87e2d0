import { clockMarginMs, type RecordStore } from "../store/records.js";
import { type AccessTokenContent, claimsOf, issueAccessToken } from "../tokens/issue.js";
import type { Keys } from "../tokens/keys.js";
import { idOfOpaque, type OpaqueTokens, opaqueIdPattern, type TokenSource } from "../tokens/opaque-token.js";

/** What clients are given: a text that says nothing, or a JWT that is good only while its record is there. */
export type OpaqueFormat = "random" | "jwt";

/**
 * Tokens that are good only while a record of them is kept in a store. A record is made in two steps: a place is reserved before the write
 * that puts the token on the roll, and filled after it, only where the place is still there. What ended in between has taken it away for
 * good, and nobody is admitted by a place that was never filled.
 */
export type KeptTokens = {
  readonly format: OpaqueFormat;
  /** The form of their ids. */
  readonly idPattern: RegExp | undefined;
  /** The claim `jti`, which the roll has, and the record's key: the same for all who race with one refresh token. */
  idOf(source: TokenSource): string;
  /** Every call rejects with the MusterError `STORE_UNREACHABLE` when its outcome is unknown. */
  reserve(id: string): Promise<void>;
  /** Fills the place of a token that stands on the roll, and gives the token's text. */
  issue(content: AccessTokenContent, source: TokenSource): Promise<string>;
  /** One read: what a token says; null where nothing is kept of it, or not yet. Not checked, expiry neither. */
  find(id: string): Promise<Record<string, unknown> | null>;
  /** Resolves when none of these is found any more: for good. */
  end(ids: readonly string[]): Promise<void>;
};

/** How long a record may be kept, in milliseconds: beyond its token's expiry, so that one that has expired is told as such. */
export const longestRecordMs = (accessTokenSeconds: number) => accessTokenSeconds * 1_000 + clockMarginMs;

const reserved = { reserved: true };

export function createKeptTokens({
  records,
  opaque,
  keys,
  format,
  accessTokenSeconds,
  now,
}: {
  records: RecordStore;
  opaque: OpaqueTokens;
  keys: Keys;
  format: OpaqueFormat;
  accessTokenSeconds: number;
  /** Milliseconds since the epoch. */
  now: () => number;
}): KeptTokens {
  const isRandom = format === "random";
  return {
    format,
    idPattern: isRandom ? opaqueIdPattern : undefined,
    idOf: (source) => (isRandom ? idOfOpaque(opaque.make(source)) : opaque.shortIdOf(source)),
    async reserve(id) {
      await records.put(id, reserved, new Date(now() + longestRecordMs(accessTokenSeconds)));
    },
    async issue(content, source) {
      const text = isRandom ? opaque.make(source) : issueAccessToken(keys, content);
      await records.amend(content.jti, claimsOf(content), new Date(content.expiresAt.getTime() + clockMarginMs));
      return text;
    },
    async find(id) {
      const record = await records.get(id);
      return record && !("reserved" in record) ? record : null;
    },
    end: (ids) => records.delete(ids),
  };
}
