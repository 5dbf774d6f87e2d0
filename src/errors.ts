/** The codes that clients of Apollo know, and the HTTP status of each. */
export const statusOfCode = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  BAD_USER_INPUT: 400,
  TOO_MANY_REQUESTS: 429,
  SERVICE_UNAVAILABLE: 503,
  INTERNAL_SERVER_ERROR: 500,
} as const;

export type ErrorCode = keyof typeof statusOfCode;

type Entry = {
  code: ErrorCode;
  /** What the client is told. Never holds anything that was submitted. */
  message: string;
};

/** Every reason there is: unique, UPPER_SNAKE, in `extensions.reason`. `docs/errors.md` is made from this list. */
export const catalogue = {
  // the token
  TOKEN_MISSING: { code: "UNAUTHENTICATED", message: "Sign in first: this request carries no access token." },
  TOKEN_INVALID: { code: "UNAUTHENTICATED", message: "The access token is not one of ours." },
  TOKEN_EXPIRED: { code: "UNAUTHENTICATED", message: "The access token has expired: refresh it." },
  TOKEN_SUPERSEDED: { code: "UNAUTHENTICATED", message: "A newer access token has replaced this one: refresh it." },
  SESSION_REVOKED: { code: "UNAUTHENTICATED", message: "This session was ended: sign in again." },
  SESSION_EXPIRED: { code: "UNAUTHENTICATED", message: "This session has run out: sign in again." },
  USER_DISABLED: { code: "UNAUTHENTICATED", message: "This account is disabled." },
  USER_NOT_FOUND: { code: "UNAUTHENTICATED", message: "This account does not exist any more." },
  SESSION_MISMATCH: { code: "UNAUTHENTICATED", message: "This connection belongs to another session: open a new one." },
  // signing in and staying in
  INVALID_CREDENTIALS: { code: "UNAUTHENTICATED", message: "The e-mail address or the password is wrong." },
  LOGIN_OVERTAKEN: {
    code: "UNAUTHENTICATED",
    message: "The account's sessions were ended while you signed in: sign in again.",
  },
  REFRESH_INVALID: { code: "UNAUTHENTICATED", message: "The refresh token is not good: sign in again." },
  REFRESH_REUSED: {
    code: "UNAUTHENTICATED",
    message: "The refresh token had been used before, so its session was ended: sign in again.",
  },
  // what a signed-in user may do
  ROLE_MISSING: { code: "FORBIDDEN", message: "This needs a role that you do not have." },
  SCOPE_MISSING: { code: "FORBIDDEN", message: "This needs a scope that you do not have." },
  POLICY_DENIED: { code: "FORBIDDEN", message: "A policy of this server forbids it." },
  REAUTHENTICATION_REQUIRED: { code: "FORBIDDEN", message: "Prove who you are again: sign in with your password." },
  SESSION_LIMIT_REACHED: { code: "FORBIDDEN", message: "This account has as many sessions as it may have." },
  ORIGIN_NOT_ALLOWED: { code: "FORBIDDEN", message: "Requests with cookies are not accepted from this origin." },
  // input
  EMAIL_INVALID: { code: "BAD_USER_INPUT", message: "That is not an e-mail address." },
  EMAIL_TAKEN: { code: "BAD_USER_INPUT", message: "There is an account with this e-mail address already." },
  PASSWORD_TOO_SHORT: { code: "BAD_USER_INPUT", message: "The password is too short." },
  PASSWORD_TOO_LONG: { code: "BAD_USER_INPUT", message: "The password has more than 128 characters." },
  PASSWORD_COMMON: { code: "BAD_USER_INPUT", message: "The password is one of the first that attackers try." },
  PASSWORD_INVALID: { code: "BAD_USER_INPUT", message: "The password is not well-formed Unicode text." },
  PAGE_SIZE_INVALID: { code: "BAD_USER_INPUT", message: "`first` must be between 1 and 200." },
  CURSOR_INVALID: { code: "BAD_USER_INPUT", message: "`after` is not a cursor of this list." },
  INPUT_INVALID: { code: "BAD_USER_INPUT", message: "The request's variables do not fit their types." },
  OPERATION_TOO_LARGE: { code: "BAD_USER_INPUT", message: "The operation asks for too much at once." },
  NOT_SUPPORTED_BY_STRATEGY: {
    code: "BAD_USER_INPUT",
    message: "This server's strategy can't end these access tokens before they expire. Their refresh tokens are ended.",
  },
  // what only an administrator asks for
  NO_SUCH_USER: { code: "BAD_USER_INPUT", message: "There is no such user." },
  ROLE_INVALID: {
    code: "BAD_USER_INPUT",
    message: "A role has 1 to 64 letters, digits and : . _ - and a user has at most 100 of them.",
  },
  LAST_ADMIN: {
    code: "BAD_USER_INPUT",
    message: "This is the last user with the role admin who is enabled: make another one first.",
  },
  CONFIRMATION_WRONG: {
    code: "BAD_USER_INPUT",
    message: "`confirm` is not the name of the database whose sessions this would end: nothing was ended.",
  },
  DATE_IN_FUTURE: {
    code: "BAD_USER_INPUT",
    message: "`issuedBefore` lies in the future, and would mean tokens that are not issued yet: nothing was ended.",
  },
  TRANSACTIONS_UNAVAILABLE: {
    code: "BAD_USER_INPUT",
    message:
      "Whether another admin is left takes a transaction, and the database is a standalone server: make it a replica set, or take the role by hand.",
  },
  // too many, or not now
  TOO_MANY_LOGINS: { code: "TOO_MANY_REQUESTS", message: "Too many attempts: try again later." },
  TOO_MANY_SIGNUPS: { code: "TOO_MANY_REQUESTS", message: "Too many new accounts from this address: try again later." },
  TOO_MANY_CONNECTIONS: { code: "TOO_MANY_REQUESTS", message: "You have too many connections open." },
  TOO_MANY_OPERATIONS: { code: "TOO_MANY_REQUESTS", message: "Too many operations run over this connection." },
  STORE_UNREACHABLE: {
    code: "SERVICE_UNAVAILABLE",
    message: "The server cannot reach its database: nothing is known about your session. Try again.",
  },
} as const satisfies Record<string, Entry>;

export type Reason = keyof typeof catalogue;

/**
 * The reasons that speak of the access token, which RFC 6750 section 3.1 has a challenge for. `USER_DISABLED` is a sign-in's as well;
 * there the challenge does no harm.
 */
const tokenReasons: ReadonlySet<Reason> = new Set([
  "TOKEN_INVALID",
  "TOKEN_EXPIRED",
  "TOKEN_SUPERSEDED",
  "SESSION_REVOKED",
  "SESSION_EXPIRED",
  "USER_DISABLED",
  "USER_NOT_FOUND",
]);

/** A failure that the client is told of, by `code` and `reason`. Anything else that is thrown is masked. */
export class MusterError extends Error {
  override readonly name = "MusterError";
  readonly code: ErrorCode;
  readonly reason: Reason;
  readonly status: number;
  /** Whole seconds after which it is worth trying again (`Retry-After`). */
  readonly retryAfterSeconds: number | undefined;
  /** Why the session ended, where it is known: `PASSWORD_CHANGED`, … */
  readonly endReason: string | undefined;
  /** Until when access tokens live on at the latest that it could not end. */
  readonly accessTokensLiveUntil: Date | undefined;

  constructor(
    reason: Reason,
    options: {
      message?: string;
      cause?: unknown;
      retryAfterSeconds?: number;
      endReason?: string | undefined;
      accessTokensLiveUntil?: Date;
    } = {},
  ) {
    super(options.message ?? catalogue[reason].message, { cause: options.cause });
    this.reason = reason;
    this.code = catalogue[reason].code;
    this.status = statusOfCode[this.code];
    this.retryAfterSeconds = options.retryAfterSeconds ?? (reason === "STORE_UNREACHABLE" ? 1 : undefined);
    this.endReason = options.endReason;
    this.accessTokensLiveUntil = options.accessTokensLiveUntil;
  }

  /**
   * The HTTP headers that go with it: `WWW-Authenticate` with every 401 (RFC 9110 section 15.5.2), `Retry-After` in whole seconds
   * where trying again is worth it.
   */
  get headers(): Map<string, string> {
    const headers = new Map<string, string>();
    if (this.code === "UNAUTHENTICATED") {
      headers.set("www-authenticate", tokenReasons.has(this.reason) ? 'Bearer error="invalid_token"' : "Bearer");
    }
    if (this.retryAfterSeconds !== undefined) {
      headers.set("retry-after", String(Math.max(1, Math.ceil(this.retryAfterSeconds))));
    }
    return headers;
  }

  /**
   * What graphql-js gives to the error that it makes of this one, in any server: what the client is told, and `http`, from which Apollo
   * Server takes status and headers before it sends the rest.
   */
  get extensions() {
    const { status, headers } = this;
    return { ...this.told, http: { status, headers } };
  }

  /** What the client is told beside the message. */
  get told() {
    const { code, reason, endReason, accessTokensLiveUntil: until } = this;
    return {
      code,
      reason,
      ...(endReason !== undefined && { endReason }),
      ...(until && { accessTokensLiveUntil: until.toISOString() }),
    };
  }
}
