import type { Reason } from "../../../src/errors.js";
import type { AccessClaims } from "../../../src/tokens/claims.js";
import type { Keys } from "../../../src/tokens/keys.js";
import type { Content } from "../forge.js";

/** A token that must be refused. */
export type Attack = {
  name: string;
  token: string;
  reason: Reason;
  /** What the refusal's `cause` begins with: which check was meant to stop it, so that none hides behind another. */
  by: string;
};

/** The server under attack. */
export type Target = {
  /** Most attacks are signed with the real key, so that nothing but the tested check stops them. */
  keys: Keys;
  /** A good token of the server, and what it says. */
  good: string;
  goodClaims: AccessClaims;
};

/** A name, and a token or the header or the payload of one. */
export type Row = readonly [name: string, content: Content];

/** The header of the target's good tokens. */
export function goodHeader({ algorithm, kid }: Keys) {
  return { alg: algorithm, typ: "at+jwt", kid };
}

/** Attacks that are all refused as `TOKEN_INVALID` by the same check. */
export function refusedBy(by: string, rows: readonly (readonly [name: string, token: string])[]): Attack[] {
  return rows.map(([name, token]) => ({ name, token, reason: "TOKEN_INVALID", by }));
}
