import type { AuthState, AuthStateSources, SessionState } from "./auth-state/auth-state.js";
import type { Clock } from "./clock.js";
import { MusterError } from "./errors.js";
import { type MaybePromise, whenHere } from "./maybe-promise.js";
import { type Observer, unobserved } from "./observe.js";
import { type Principal, unreadPrincipal } from "./principal.js";
import { judgeByGuards, outdated, revoked } from "./revocation/guards.js";
import type { Refusal, Shown, Strategy } from "./revocation/strategy.js";
import type { SessionRules } from "./sessions/rules.js";
import type { Touch } from "./sessions/touch.js";
import { parseBearer } from "./tokens/bearer.js";
import type { AccessClaims, OwnClaims } from "./tokens/claims.js";
import { userIdOf } from "./tokens/subject.js";

/**
 * A request whose token is good: who it is, the token and what it says, and what is known of the user; null where the token was judged
 * without looking at the user.
 */
export type Admitted = Shown & {
  outcome: "admit";
  principal: Principal;
  userId: string;
  state: AuthState | null;
  /** Claims of the strategy's with which the client had better have this token again. */
  renewal?: OwnClaims;
};

/** The outcomes of looking at a token, with what the server needs of each. */
export type Admission =
  | Admitted
  | { outcome: "refuse"; error: MusterError }
  | { outcome: "unknown"; error: MusterError };

/** One whose user has been looked at. */
export type Known = Admitted & { state: AuthState };

type NotAdmitted = Exclude<Admission, Admitted>;

/** At once where it can be, else later. Rejects only for a bug, never for what the token is. */
export type Authenticate = {
  /** The outcome for an `Authorization` header; null where it offers no token: anonymous. */
  header(authorization: string | string[] | undefined): MaybePromise<Admission | null>;
  /** The outcome for one token. */
  token(token: string): MaybePromise<Admission>;
  /** The outcome now for a token that was admitted before, by what is known of its user. */
  known(shown: Shown): MaybePromise<Admission>;
  /**
   * The outcome now for the session of a token that was good when it was shown, whatever has become of that token since: live
   * connections belong to their session, under every strategy.
   */
  session(shown: Shown): MaybePromise<Admission>;
  /** What a token says, if it has the form of one of ours and has not expired. @throws MusterError `TOKEN_INVALID`, `TOKEN_EXPIRED`, `STORE_UNREACHABLE` */
  read(token: string): MaybePromise<AccessClaims>;
};

export type AuthenticateOptions = {
  /**
   * What a token says, verified as far as it can be without its user. @throws MusterError `TOKEN_INVALID`, `TOKEN_EXPIRED`, `TOKEN_SUPERSEDED`
   */
  read: (token: string) => MaybePromise<AccessClaims>;
  /** Whether a token is signed with the key of this user, null: of nobody; left out where `read` has verified it with the deployment's. */
  isSignedFor?: ((token: string, state: AuthState | null) => boolean) | undefined;
  /** The `_id` that a user's id stands for. */
  parseId: (userId: string) => unknown;
  sources: AuthStateSources;
  strategy: Pick<Strategy, "judge" | "unread">;
  rules: Pick<SessionRules, "sessionIdleSeconds">;
  clock: Clock;
  touch: Touch;
  observer?: Observer | undefined;
};

/** Whose word counts: the strategy's for a token, the roll's for a session. */
type Judge = Strategy["judge"];

/**
 * The request path. Every way in (HTTP, a library call, the sockets) comes through here, and it reads from top to bottom in the order in
 * which things happen. `docs/lifecycle.md` has the answer that each step may end with.
 *
 * One step comes before: an operation whose root fields are all `@public(ignoreToken: true)` never gets here, so that a dead token
 * does not block its own cure (`graphql/directives/guard.ts`).
 */
export function createAuthenticate({
  read,
  isSignedFor = () => true,
  parseId,
  sources,
  strategy,
  rules,
  clock,
  touch,
  observer = unobserved,
}: AuthenticateOptions): Authenticate {
  return {
    // 1. take the token; without one the request is anonymous
    header: (authorization) =>
      outcomeOf(() => {
        const token = parseBearer(authorization);
        return token === null ? null : admitToken(token);
      }),
    token: (token) => outcomeOf(() => admitToken(token)),
    known: (shown) => outcomeOf(() => admitByState(shown, strategy.judge)),
    session: (shown) => outcomeOf(() => admitByState(shown, judgeSession)),
    read,
  };

  function admitToken(token: string): MaybePromise<Admitted> {
    // 2. verify: signature under the pinned algorithm, type, issuer, audience, expiry, form
    return whenHere(read(token), (claims) => admit({ token, claims }));
  }

  // 3. a strategy that can say so without looking at the user does
  function admit(shown: Shown): MaybePromise<Admitted> {
    if (!strategy.unread) return admitByState(shown, strategy.judge);
    return whenHere(strategy.unread(shown), (said) => {
      if (said === "admit") return admittedUnread(shown);
      if (said === "ended") return admitByState(shown, judgeEnded);
      if (said && "refused" in said) return refuse(said);
      const admitted = admitByState(shown, strategy.judge);
      return said ? whenHere(admitted, (found) => ({ ...found, renewal: said.renew })) : admitted;
    });
  }

  // 4. ask what is known of the user now, one source after the other, until one of them lets this token in; the last may refuse it
  function admitByState(shown: Shown, judge: Judge, first = 0): MaybePromise<Admitted> {
    const { sid, sub } = shown.claims;
    for (let each = first; each < sources.length; each++) {
      const known = sources[each]!(userIdOf(sub), sid);
      const isLast = each === sources.length - 1;
      if (known instanceof Promise) {
        return known.then((state) => decide(shown, state, judge, isLast) ?? admitByState(shown, judge, each + 1));
      }
      const admitted = decide(shown, known, judge, isLast);
      if (admitted) return admitted;
    }
    throw new MusterError("STORE_UNREACHABLE");
  }

  function decide(
    shown: Shown,
    state: AuthState | null | undefined,
    judge: Judge,
    mayRefuse: boolean,
  ): Admitted | null {
    const session = state?.sessions.find(({ id }) => id === shown.claims.sid);
    const refusal = whyNot(shown, state ?? null, session, judge);
    if (refusal) return mayRefuse ? refuse(refusal) : null;
    return admitted(shown, state!, session);
  }

  function whyNot(shown: Shown, state: AuthState | null, session: SessionState | undefined, judge: Judge) {
    const ofSession = judge === judgeSession;
    // 5. where each user has a key of its own: only now can the signature be looked at; once, for a session's
    if (!ofSession && !isSignedFor(shown.token, state)) return { refused: "TOKEN_INVALID" } as const;
    // 6. guards: rules beside the strategy
    if (!state) return { refused: "USER_NOT_FOUND" } as const;
    const by = { nowMs: clock.now(), idleSeconds: rules.sessionIdleSeconds, ofSession };
    const guarded = judgeByGuards(state, shown.claims, session, by);
    // 7. the strategy: is this token still good?
    return guarded ?? judge(state, shown, session);
  }

  // 8. admit, and note that the session is in use
  function admitted({ token, claims }: Shown, state: AuthState, session: SessionState | undefined): Admitted {
    const { sid, ims, auth_time } = claims;
    touch.note({ userKey: state.key, sessionId: sid, lastUsedAtMs: session?.lastUsedAtMs ?? ims });
    const principal: Principal = {
      userId: state.id,
      sessionId: sid,
      roles: state.roles,
      scopes: state.scopes,
      authTime: new Date(session?.authTimeMs ?? auth_time * 1_000),
    };
    return { outcome: "admit", principal, userId: state.id, state, token, claims };
  }

  function admittedUnread({ token, claims }: Shown): Admitted {
    const { sub, sid, ims, auth_time } = claims;
    const userId = userIdOf(sub);
    touch.note({ userKey: parseId(userId), sessionId: sid, lastUsedAtMs: ims });
    const principal = unreadPrincipal({ userId, sessionId: sid, authTime: new Date(auth_time * 1_000) });
    return { outcome: "admit", principal, userId, state: null, token, claims };
  }

  // 9. what is known to be bad is refused; what can't be known is neither admitted nor refused
  function outcomeOf<T extends Admitted | null>(admit: () => MaybePromise<T>): MaybePromise<T | NotAdmitted> {
    try {
      const found = admit();
      return found instanceof Promise ? found.catch(toOutcome) : found;
    } catch (error) {
      return toOutcome(error);
    }
  }

  function toOutcome(error: unknown): NotAdmitted {
    if (!(error instanceof MusterError)) throw error;
    if (error.reason === "STORE_UNREACHABLE") {
      observer.unknown();
      return { outcome: "unknown", error };
    }
    observer.refused(error.reason);
    return { outcome: "refuse", error };
  }
}

function refuse({ refused, endReason }: Refusal): never {
  throw new MusterError(refused, { endReason });
}

/** Refuses in any case, with the reason that the state gives. */
const judgeEnded: Judge = (state, { claims }, session) => outdated(state, claims.sid, session);

const judgeSession: Judge = (state, { claims }, session) => (session ? null : revoked(state, claims.sid));
