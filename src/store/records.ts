/** What a record says: JSON, such as the claims of an access token. */
export type TokenRecord = Readonly<Record<string, unknown>>;

/**
 * Records of opaque access tokens by key: the SHA-256 of the token in base64url, or its `jti`. Every call rejects with the MusterError
 * `STORE_UNREACHABLE`, within a second, when its outcome is unknown; what was given up may still be executed later.
 *
 * A key that was deleted is remembered for as long as a record may live (in Redis: within one run of it), so that neither a late `put` of
 * somebody else's nor one that was given up and is executed later brings it back: `delete` is for good. So never delete a key because one
 * attempt to write its token onto the roll failed, where another attempt may make the same token again.
 */
export type RecordStore<T extends TokenRecord = TokenRecord> = {
  /** Resolves when the store can be used. @throws StoreUnfitError */
  prepare(): Promise<void>;
  /** Writes a record that lives until then, unless one is there that has not expired; false where the key has been deleted. */
  put(key: string, record: T, expiresAt: Date): Promise<boolean>;
  /** Replaces a record that is still there and has not expired; false where there is none. */
  amend(key: string, record: T, expiresAt: Date): Promise<boolean>;
  /** One read. Null where there is none, it has expired by the clock of this process, or it has not the form of one. */
  get(key: string): Promise<T | null>;
  /** Resolves when none of these is found by any instance any more. */
  delete(keys: readonly string[]): Promise<void>;
};

export type RecordStoreOptions<T extends TokenRecord> = {
  /** The longest that a record may live, in milliseconds: the life of an access token. */
  longestMs: number;
  /** A record from what was stored; null where it has not the form of one. */
  parse: (value: unknown) => T | null;
  /** Milliseconds since the epoch. */
  now: () => number;
};

/**
 * By how much longer than needed what expires is kept, in milliseconds: expiry is checked by whoever reads, and clocks differ, that of
 * the database among them.
 */
export const clockMarginMs = 600_000;

/** What is stored of a record, from text; null where it is no JSON or has not the form of one. */
export function readRecord<T extends TokenRecord>(text: string, parse: (value: unknown) => T | null): T | null {
  try {
    return parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
