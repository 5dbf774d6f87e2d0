import type { SystemState } from "../store/system.js";
import type { UserDocument } from "../store/user.model.js";

/** Fields of a user's document that strategies of their own judge by. */
export const ownFields = ["tokenVersion", "tokenKey", "tokenSecret", "endedTokens"] as const;
export type OwnField = (typeof ownFields)[number];

/** What admission needs to know of one session. Times in milliseconds since the epoch. */
export type SessionState = {
  id: string;
  jtis: readonly string[];
  /** What the system's counter was known to be when it began, and when its newest token was issued: what ends it for everybody. */
  sys: number;
  issuedAtMs: number;
  lastUsedAtMs: number;
  expiresAtMs: number;
  authTimeMs: number;
};

/** The few fields of a user document that admission and `me` need. */
export type AuthState = {
  /** `_id` as the store has it. */
  key: unknown;
  id: string;
  email: string;
  roles: readonly string[];
  scopes: readonly string[];
  enabled: boolean;
  /** The claim `sub` of this user's tokens. */
  subject: string;
  /** Tokens issued before this are refused: milliseconds since the epoch, 0 for none. */
  tokensValidAfterMs: number;
  /** What the strategy asked for. */
  own: Readonly<Partial<Pick<UserDocument, OwnField>>>;
  system: SystemState;
  createdAt: Date;
  sessions: readonly SessionState[];
  /** Sessions that ended lately, and why. */
  ended: readonly EndedSession[];
};

/** A session that ended, or with the id `all` every one that the user had at that time. */
export type EndedSession = { id: string; reason: string };

/**
 * Where admission learns of a user, ever surer: it asks one after the other until one of them lets it admit. Only the last may refuse.
 */
export type AuthStateSources = readonly AuthStateSource[];

type Known = AuthState | null | undefined;

/**
 * The state of a user as one source knows it; null: there is no such user; undefined: this source can't say. Rejects when it can't be
 * known.
 */
export type AuthStateSource = (userId: string, sessionId: string) => Known | Promise<Known>;
