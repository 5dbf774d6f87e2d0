import { type Answer, MeDocument, RefreshDocument, send } from "../../src/testing/index.js";

/** An answer in one line: `ok`, or status, code and reason. */
export function outcomeOf({ status, errors, code, reason }: Answer<unknown>): string {
  if (errors.length === 0) return status === 200 ? "ok" : `${status}`;
  return [status, code, reason].join(" ");
}

/** What a token is refused with, in one line. */
export const refused = (reason: string) => `401 UNAUTHENTICATED ${reason}`;

/** What this access token is worth now. */
export const tryAccess = async (url: string, token: string) => outcomeOf(await send(url, MeDocument, {}, { token }));

/** What this refresh token is worth now; where it is good, it is used by this. */
export const tryRefresh = async (url: string, refreshToken: string | null) =>
  outcomeOf(await refreshWith(url, refreshToken));

export const refreshWith = (url: string, refreshToken: string | null) =>
  send(url, RefreshDocument, { input: { refreshToken } });

/** Starts `count` of something at once, and gives what all of them came to. */
export const times = <T>(count: number, start: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => start(index)));
