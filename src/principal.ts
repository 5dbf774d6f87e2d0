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

/**
 * A principal whose user has not been looked at. To ask for its roles or scopes is a mistake that shows at once: a directive that needs them reads
 * the user first, and so does `context.muster.user()`.
 */
export function unreadPrincipal(known: Omit<Principal, "roles" | "scopes">): Principal {
  const refuse = () => {
    throw new TypeError(
      "The user was not looked at: guard the field with a directive that asks for a role, scope or policy, or await context.muster.user().",
    );
  };
  return Object.defineProperties({ ...known } as Principal, { roles: { get: refuse }, scopes: { get: refuse } });
}
