import type { AuthState, LoadAuthState } from "./auth-state/load.js";
import type { Clock } from "./clock.js";
import { MusterError, type Reason } from "./errors.js";
import type { Principal } from "./principal.js";
import { judgeBySessionList } from "./revocation/session-list.js";
import type { SessionRules } from "./sessions/rules.js";
import type { Touch } from "./sessions/touch.js";
import { parseBearer } from "./tokens/bearer.js";
import type { AccessClaims } from "./tokens/claims.js";

/** A request whose token is good: who it is, what is known of the user, and which token it was. */
export type Admitted = { outcome: "admit"; principal: Principal; state: AuthState; claims: AccessClaims };

/** The outcomes of looking at a token, with what the server needs of each. */
export type Admission = Admitted | { outcome: "refuse"; error: MusterError } | { outcome: "unknown"; error: MusterError };

export type Authenticate = {
  /** The outcome for one token. Never rejects for what the token is; rejects only for a bug. */
  token(token: string): Promise<Admission>;
  /** The outcome now for a token that was verified before. */
  claims(claims: AccessClaims): Promise<Admission>;
  /** The outcome for an `Authorization` header; null where it offers no token: anonymous. */
  header(authorization: string | string[] | undefined): Promise<Admission | null>;
};

/**
 * The request path. Every way in (HTTP, a library call, later the sockets) comes through here, and it reads from top to bottom in
 * the order in which things happen. `docs/lifecycle.md` has the answer that each step may end with.
 *
 * One step comes before: an operation whose root fields are all `@public(ignoreToken: true)` never gets here, so that a dead token
 * does not block its own cure (`graphql/context.ts`).
 */
export function createAuthenticate({
  verify,
  loadAuthState,
  rules,
  clock,
  touch,
}: {
  verify: (token: string) => AccessClaims;
  loadAuthState: LoadAuthState;
  rules: Pick<SessionRules, "sessionIdleSeconds">;
  clock: Clock;
  touch: Touch;
}): Authenticate {
  type Offer = { authorization: string | string[] | undefined } | { token: string } | { claims: AccessClaims };

  async function admit(offer: Offer): Promise<Admission | null> {
    try {
      // 1. take the token; without one the request is anonymous
      const token = "authorization" in offer ? parseBearer(offer.authorization) : "token" in offer ? offer.token : "";
      if (token === null) return null;

      // 2. verify: signature under the pinned algorithm, type, issuer, audience, expiry, form
      const claims = "claims" in offer ? offer.claims : verify(token);

      // 3. load what is known of the user now
      const state = await loadAuthState(claims.sub, claims.sid);

      // 4. guards: rules beside the strategy
      if (!state) throw new MusterError("USER_NOT_FOUND");
      if (!state.enabled) throw new MusterError("USER_DISABLED");

      // 5. the strategy: is this token still on the roll?
      const judged = judgeBySessionList(state, claims, { nowMs: clock.now(), idleSeconds: rules.sessionIdleSeconds });
      if ("refused" in judged) throw new MusterError(judged.refused);

      // 6. admit, and note that the session is in use
      const { session } = judged;
      touch.note({ userKey: state.key, sessionId: session.id, lastUsedAt: session.lastUsedAt });
      const principal: Principal = {
        userId: state.id,
        sessionId: session.id,
        roles: state.roles,
        scopes: state.scopes,
        authTime: session.authTime,
      };
      return { outcome: "admit", principal, state, claims };
    } catch (error) {
      // 7. refuse what is known to be bad; what can't be known is neither admitted nor refused
      if (!(error instanceof MusterError)) throw error;
      return isUnknown(error.reason) ? { outcome: "unknown", error } : { outcome: "refuse", error };
    }
  }

  return {
    token: async (token) => (await admit({ token }))!,
    claims: async (claims) => (await admit({ claims }))!,
    header: (authorization) => admit({ authorization }),
  };
}

const isUnknown = (reason: Reason) => reason === "STORE_UNREACHABLE";
