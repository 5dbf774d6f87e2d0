import type { AuthState, AuthStateSources } from "./auth-state/auth-state.js";
import type { Clock } from "./clock.js";
import { MusterError } from "./errors.js";
import { type Observer, unobserved } from "./observe.js";
import type { Principal } from "./principal.js";
import { judgeBySessionList, type Refusal } from "./revocation/session-list.js";
import type { SessionRules } from "./sessions/rules.js";
import type { Touch } from "./sessions/touch.js";
import { parseBearer } from "./tokens/bearer.js";
import type { AccessClaims } from "./tokens/claims.js";

/** A request whose token is good: who it is, what is known of the user, and which token it was. */
export type Admitted = { outcome: "admit"; principal: Principal; state: AuthState; claims: AccessClaims };

/** The outcomes of looking at a token, with what the server needs of each. */
export type Admission =
  | Admitted
  | { outcome: "refuse"; error: MusterError }
  | { outcome: "unknown"; error: MusterError };

/** At once where memory knows, else later. Rejects only for a bug, never for what the token is. */
type Settled<T> = T | Promise<T>;

export type Authenticate = {
  /** The outcome for an `Authorization` header; null where it offers no token: anonymous. */
  header(authorization: string | string[] | undefined): Settled<Admission | null>;
  /** The outcome for one token. */
  token(token: string): Settled<Admission>;
  /** The outcome now for a token that was verified before. */
  claims(claims: AccessClaims): Settled<Admission>;
  /**
   * The outcome now for the session of a token that was good when it was shown, whatever has become of that token since: live
   * connections belong to their session.
   */
  session(claims: AccessClaims): Settled<Admission>;
  /** What a token says, if it is one of ours and has not expired. @throws MusterError `TOKEN_INVALID`, `TOKEN_EXPIRED` */
  verify(token: string): AccessClaims;
};

/**
 * The request path. Every way in (HTTP, a library call, the sockets) comes through here, and it reads from top to bottom in the order in
 * which things happen. `docs/lifecycle.md` has the answer that each step may end with.
 *
 * One step comes before: an operation whose root fields are all `@public(ignoreToken: true)` never gets here, so that a dead token
 * does not block its own cure (`graphql/directives/guard.ts`).
 */
export function createAuthenticate({
  verify,
  sources,
  rules,
  clock,
  touch,
  observer = unobserved,
}: {
  verify: (token: string) => AccessClaims;
  sources: AuthStateSources;
  rules: Pick<SessionRules, "sessionIdleSeconds">;
  clock: Clock;
  touch: Touch;
  observer?: Observer | undefined;
}): Authenticate {
  return {
    // 1. take the token; without one the request is anonymous
    header: (authorization) =>
      outcomeOf(() => {
        const token = parseBearer(authorization);
        return token === null ? null : admitToken(token);
      }),
    token: (token) => outcomeOf(() => admitToken(token)),
    claims: (claims) => outcomeOf(() => admitClaims(claims)),
    session: (claims) => outcomeOf(() => admitClaims(claims, { anyToken: true })),
    verify,
  };

  function admitToken(token: string): Settled<Admitted> {
    // 2. verify: signature under the pinned algorithm, type, issuer, audience, expiry, form
    return admitClaims(verify(token));
  }

  function admitClaims(claims: AccessClaims, { anyToken = false, first = 0 } = {}): Settled<Admitted> {
    // 3. ask what is known of the user now, one source after the other, until one of them lets this token in; the last may refuse it
    for (let each = first; each < sources.length; each++) {
      const known = sources[each]!(claims.sub, claims.sid);
      const isLast = each === sources.length - 1;
      if (known instanceof Promise) {
        return known.then(
          (state) => judge(claims, state, anyToken, isLast) ?? admitClaims(claims, { anyToken, first: each + 1 }),
        );
      }
      const admitted = judge(claims, known, anyToken, isLast);
      if (admitted) return admitted;
    }
    throw new MusterError("STORE_UNREACHABLE");
  }

  function judge(
    claims: AccessClaims,
    state: AuthState | null | undefined,
    anyToken: boolean,
    mayRefuse: boolean,
  ): Admitted | null {
    // 4. guards: rules beside the strategy
    if (!state) return refuse(mayRefuse, { refused: "USER_NOT_FOUND" });
    if (!state.enabled) return refuse(mayRefuse, { refused: "USER_DISABLED" });

    // 5. the strategy: is this token still on the roll?
    const asked = anyToken ? { sid: claims.sid } : claims;
    const judged = judgeBySessionList(state, asked, { nowMs: clock.now(), idleSeconds: rules.sessionIdleSeconds });
    if ("refused" in judged) return refuse(mayRefuse, judged);

    // 6. admit, and note that the session is in use
    const { session } = judged;
    touch.note({ userKey: state.key, sessionId: session.id, lastUsedAtMs: session.lastUsedAtMs });
    const principal: Principal = {
      userId: state.id,
      sessionId: session.id,
      roles: state.roles,
      scopes: state.scopes,
      authTime: new Date(session.authTimeMs),
    };
    return { outcome: "admit", principal, state, claims };
  }

  // 7. what is known to be bad is refused; what can't be known is neither admitted nor refused
  function outcomeOf<T extends Admitted | null>(admit: () => Settled<T>): Settled<T | Exclude<Admission, Admitted>> {
    try {
      const admitted = admit();
      return admitted instanceof Promise ? admitted.catch(toOutcome) : admitted;
    } catch (error) {
      return toOutcome(error);
    }
  }

  function toOutcome(error: unknown): Exclude<Admission, Admitted> {
    if (!(error instanceof MusterError)) throw error;
    if (error.reason === "STORE_UNREACHABLE") {
      observer.unknown();
      return { outcome: "unknown", error };
    }
    observer.refused(error.reason);
    return { outcome: "refuse", error };
  }
}

function refuse(mayRefuse: boolean, { refused, endReason }: Refusal): null {
  if (mayRefuse) throw new MusterError(refused, { endReason });
  return null;
}
