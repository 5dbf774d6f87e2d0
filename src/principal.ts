import type { ErrorCode, Reason } from "./errors.js";

/** Who a request is: made from the current auth state, never from what the token claims. */
export type Principal = {
  userId: string;
  sessionId: string;
  roles: readonly string[];
  scopes: readonly string[];
  /** When the user last proved who they are (a password, not a refresh). */
  authTime: Date;
};

/** The three outcomes of looking at a token. */
export type Outcome =
  | { outcome: "admit"; principal: Principal }
  | { outcome: "refuse"; code: ErrorCode; reason: Reason }
  | { outcome: "unknown" };
