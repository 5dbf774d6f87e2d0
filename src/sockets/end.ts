import { MusterError, type Reason } from "../errors.js";

/** How a live connection is ended: a close code of the WebSocket protocol (RFC 6455 section 7.4) and a short reason. */
export type End = {
  /** 4401: for good. 4403: come back with a new token. 4429: too many. 1013, 1001: come back later. */
  code: 1001 | 1013 | 4401 | 4403 | 4429;
  reason: string;
  /** Whether the session has ended, which is told to who listens for it. */
  isOfSession: boolean;
};

/** What the stock graphql-ws client never comes back from. */
const gone = 4401;

const codes: Partial<Record<Reason, End["code"]>> = {
  // the session lives, only this token does not
  TOKEN_EXPIRED: 4403,
  TOKEN_SUPERSEDED: 4403,
  TOO_MANY_CONNECTIONS: 4429,
  STORE_UNREACHABLE: 1013,
};

const ofSession: ReadonlySet<Reason> = new Set([
  "SESSION_REVOKED",
  "SESSION_EXPIRED",
  "USER_DISABLED",
  "USER_NOT_FOUND",
]);

/** How a connection is ended whose token came to this. */
export function endOf({ reason, endReason }: MusterError): End {
  return { code: codes[reason] ?? gone, reason: shown(endReason) ?? reason, isOfSession: ofSession.has(reason) };
}

/** How the connections of a session are ended that the database says has ended, for this reason. */
export const endOfSession = (endReason: string | undefined): End => ({
  code: gone,
  reason: shown(endReason) ?? "SESSION_REVOKED",
  isOfSession: true,
});

/** Whether the client shall come back by itself, since nothing is wrong with its session. */
export const isForNow = ({ code }: Pick<End, "code">): boolean => code === 1001 || code === 1013;

export const goingAway: End = { code: 1001, reason: "Going away", isOfSession: false };

/** What stands in the database is text of anybody who can write there; a close reason has 123 bytes. */
const shown = (reason: string | undefined) =>
  reason !== undefined && /^[A-Z_]{1,60}$/.test(reason) ? reason : undefined;
