import type { KeyObject } from "node:crypto";
import type { AuthState, OwnField, SessionState } from "../auth-state/auth-state.js";
import type { Reason } from "../errors.js";
import type { MaybePromise } from "../maybe-promise.js";
import type { Expression, Roll } from "../sessions/roll.js";
import type { SystemState } from "../store/system.js";
import type { EndedToken, TokenEntry, UserDocument } from "../store/user.model.js";
import type { AccessClaims, OwnClaims } from "../tokens/claims.js";
import type { KeptTokens } from "./kept-tokens.js";

/** What can be ended so that it is refused everywhere when the mutation returns. */
export const capabilities = ["ONE_SESSION", "OTHER_SESSIONS", "ALL_SESSIONS", "BY_TIME", "EVERYTHING"] as const;

export type Capability = (typeof capabilities)[number];

/** Why a token is refused and, where it is known, why its session ended. */
export type Refusal = { refused: Reason; endReason?: string | undefined };

/** A token that was shown: its text and what it says. */
export type Shown = { token: string; claims: AccessClaims };

/** Ask the state; and if it admits, the client gets the same token with these claims of the strategy's in place of those that it has. */
export type Renewal = { renew: OwnClaims };

/** What the key of a user's tokens is derived from, where it is. */
export type KeySource = { tokenSecret: string | undefined; system: Pick<SystemState, "tokenSecret"> };

/**
 * The way a deployment judges and ends access tokens. The roll is kept under every strategy: refresh and the list of devices stand on it, and
 * what ends a session takes it off. A strategy says what that means for access tokens that were issued before.
 *
 * A whole one, a number on the user that is in each of its tokens too:
 *
 * ```ts
 * const tokenVersion: Strategy = {
 *   name: "token-version",
 *   capabilities: ["ALL_SESSIONS", "BY_TIME", "EVERYTHING"],
 *   fields: ["tokenVersion"],
 *   ownClaims: ({ tokenVersion = 0 }) => ({ ver: tokenVersion }),
 *   parseOwn: ({ ver }) => (Number.isSafeInteger(ver) ? { ver: ver as number } : null),
 *   judge: ({ own }, { claims }) => (claims.ver === (own.tokenVersion ?? 0) ? null : { refused: "SESSION_REVOKED" }),
 *   endsAll: () => ({ tokenVersion: { $add: [{ $ifNull: ["$tokenVersion", 0] }, 1] } }),
 * };
 * ```
 *
 * A strategy verifies no signatures, and it never throws to say that a token has ended: it answers. It rejects, with `STORE_UNREACHABLE`, when it cannot
 * know, and then the request is answered 503.
 */
export type Strategy = {
  readonly name: string;
  /** What it can end. What a guard beside it can end, it can: all do but `stateless`. */
  readonly capabilities: readonly Capability[];
  /** Fields of the user that it judges by: they come with the auth state, as `own`. */
  readonly fields?: readonly OwnField[];
  /** Whether tokens that end before they expire are kept on the user, as `endedTokens`, by the write that ends them. */
  readonly keepsEndedTokens?: boolean;
  /**
   * What the user's state, as it is now or was proved to be lately, says of a token; null: nothing against it. Guards were asked before.
   * @param session the one that the token names, where it stands on the roll
   */
  judge(state: AuthState, shown: Shown, session: SessionState | undefined): Refusal | null;
  /**
   * What can be said without the user's state: `admit`, a refusal for good, `ended`: it is refused, and the state says why, or null: ask the
   * state. It answers for the guards too. Left out, every token is judged by the state.
   */
  unread?(shown: Shown): MaybePromise<"admit" | "ended" | Refusal | Renewal | null>;
  /** What it adds to a token, from the user and the roll's entry as they are in the database after the write that made it. */
  ownClaims?(user: UserDocument, entry: TokenEntry): OwnClaims;
  /** What it added, with its form checked; null where that is wrong. */
  parseOwn?(payload: Record<string, unknown>): OwnClaims | null;
  /** What it adds to the roll's entry of a token that is about to be made, known before the write is sent. */
  entry?(userId: string): Partial<TokenEntry>;
  /** The fields of the user by which all of the user's tokens from before a write die. */
  endsAll?(roll: Pick<Roll, "nextValidAfter">): Record<string, Expression>;
  /** The key that a user's tokens are signed with (HS256), where it is not the deployment's. */
  verificationKey?(source: KeySource): KeyObject;
  /** Where its tokens are good only while a record of them is kept: how they are made and found. */
  readonly kept?: KeptTokens;
  /**
   * Whether `publishEnded` tells a store that all instances ask: then one that hears of an ending, and can't repeat it there now, goes on and
   * does it later. Without this it takes itself for one that has missed something.
   */
  readonly publishesForAll?: boolean;
  /**
   * Makes known outside the user's document which tokens of the user have ended; resolves when it is. Called by each write that ends something,
   * and on every instance that hears of one. @throws MusterError `STORE_UNREACHABLE`
   */
  publishEnded?(userId: string, ended: readonly EndedToken[]): Promise<void>;
};
