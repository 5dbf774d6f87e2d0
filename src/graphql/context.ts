import type { GraphQLResolveInfo } from "graphql";
import type { Credentials } from "../accounts/credentials.js";
import { renewToken } from "../accounts/renew-token.js";
import type { Admission, Admitted, Known } from "../authenticate.js";
import { MusterError } from "../errors.js";
import { type MaybePromise, whenHere } from "../maybe-promise.js";
import type { Client, Parts } from "../parts.js";
import type { Principal } from "../principal.js";
import { createQueue } from "../sessions/queue.js";
import { accessCookie, isOriginAllowed, refreshCookie } from "./cookies.js";
import { toGraphQLError } from "./format-error.js";

/** What this server needs of a request: Node's own, Express's and Fastify's all have it. */
export type RequestLike = {
  headers: Record<string, string | string[] | undefined>;
  /** Each header as often as it came; `headers` keeps only the first `Authorization`. */
  headersDistinct?: Record<string, string[] | undefined> | undefined;
  /** Fastify keeps Node's request here. */
  raw?: { headersDistinct?: Record<string, string[] | undefined> | undefined } | undefined;
  ip?: string | undefined;
  protocol?: string | undefined;
  socket?: { remoteAddress?: string | undefined; encrypted?: boolean } | undefined;
};

/** One request, from the moment it came in. Resolvers of ours use it; applications use `principal`. */
export type MusterRequest = {
  parts: Parts;
  client: Client;
  /**
   * Settles who this is, once, and again for each event of a subscription: null for anonymous. @throws MusterError refused, or unknown
   */
  settle(info?: GraphQLResolveInfo, needsUser?: boolean): MaybePromise<Principal | null>;
  /** What `settle` found. @throws MusterError `TOKEN_MISSING` when anonymous */
  admitted(): MaybePromise<Admitted>;
  /** The same after a look at the user, where the token was judged without one. @throws MusterError `TOKEN_MISSING`, or what that look found */
  user(): MaybePromise<Known>;
  /** The refresh token that the cookie carries, where cookies are on. */
  cookieToken: string | null;
  /** Hands tokens to the client, and gives what the answer says of them. */
  handOver(tokens: HandedTokens): { accessToken: string; refreshToken: string | null };
  /** Takes the cookies away, where there may be any. */
  clearCookies(): void;
  /** Headers that the answer gets; several of one name in a list. */
  responseHeaders: Map<string, string | string[]>;
  /** What the answer says beside its data, in `extensions.muster`. */
  responseExtensions: Map<string, unknown>;
  /** A source of events for whom the end of the session is told to, over a live connection: it has none by itself. */
  waitForEnd(): AsyncIterableIterator<never>;
};

/** Tokens on their way to a client: what a cookie carries the answer does not say. */
export type HandedTokens = Pick<
  Credentials,
  "accessToken" | "accessTokenExpiresAt" | "refreshToken" | "refreshTokenExpiresAt"
>;

/** What `context()` gives: spread it into a context of your own, or use it as it is. */
export type MusterContext = {
  muster: MusterRequest;
  /** Who the request is; null for anonymous. Settled before any resolver of a protected schema runs. */
  principal: Principal | null;
};

/** Where an answer has a token to go on with, beside `extensions.muster.accessToken`. */
const renewedTokenHeader = "muster-access-token";

/** Cookies for browsers: on or off, and which other origins may send them. */
export type CookieSettings = { enabled: boolean; allowedOrigins: readonly string[] };

/**
 * Makes the context of a request. It only takes the token: who the request is gets settled once the operation is known, or at its
 * first root field, and never as anonymous where a token was offered.
 *
 * @throws GraphQLError 403 `ORIGIN_NOT_ALLOWED` for a cookie from an origin that is not listed
 */
export function createContext(parts: Parts, cookies: CookieSettings) {
  return async ({ req }: { req: RequestLike; res?: unknown }): Promise<MusterContext> => {
    const cookieToken = cookies.enabled ? refreshCookie.read(one(req.headers.cookie)) : null;
    const accessToken = accessCookieOf(parts, req);
    const hasCookie = cookieToken !== null || accessToken !== null;
    if (hasCookie && !isOriginAllowed({ ...originOf(req), corsOrigins: cookies.allowedOrigins })) {
      throw toGraphQLError(new MusterError("ORIGIN_NOT_ALLOWED"));
    }

    const responseHeaders = new Map<string, string | string[]>();
    const responseExtensions = new Map<string, unknown>();
    /** A token in the header counts, the cookie's only where there is none. */
    const shown = () =>
      whenHere(parts.authenticate.header(authorizationOf(req)), (admission) =>
        admission === null && accessToken !== null ? parts.authenticate.token(accessToken) : admission,
      );
    const ask = () =>
      whenHere(shown(), (admission) => {
        const admitted = admittedOf(admission);
        const renewed = admitted && renewToken(parts, admitted);
        if (renewed) {
          responseHeaders.set(renewedTokenHeader, renewed);
          responseExtensions.set("accessToken", renewed);
        }
        return admitted;
      });
    const muster: MusterRequest = {
      parts,
      client: clientOf(req),
      ...settling(parts, ask),
      cookieToken,
      handOver({ accessToken, accessTokenExpiresAt, refreshToken, refreshTokenExpiresAt }) {
        if (!cookies.enabled) return { accessToken, refreshToken };
        const until = (at: Date) => ({ maxAgeSeconds: Math.floor((at.getTime() - parts.clock.now()) / 1_000) });
        const refreshing = refreshCookie.set(refreshToken, until(refreshTokenExpiresAt));
        if (!parts.accessCookies) {
          responseHeaders.set("set-cookie", refreshing);
          return { accessToken, refreshToken: null };
        }
        responseHeaders.set("set-cookie", [refreshing, accessCookie.set(accessToken, until(accessTokenExpiresAt))]);
        return { accessToken: "", refreshToken: null };
      },
      clearCookies() {
        if (!cookies.enabled) return;
        const both = [refreshCookie.cleared(), accessCookie.cleared()];
        responseHeaders.set("set-cookie", parts.accessCookies ? both : refreshCookie.cleared());
      },
      responseHeaders,
      responseExtensions,
      waitForEnd: () => createQueue<never>().iterator,
    };
    return { muster, principal: null };
  };
}

/** The access token that a request's cookie carries; null where there is none, or such cookies are off. */
export const accessCookieOf = (
  { accessCookies }: Pick<Parts, "accessCookies">,
  { headers }: RequestLike,
): string | null => (accessCookies ? accessCookie.read(one(headers.cookie)) : null);

function admittedOf(admission: Admission | null): Admitted | null {
  if (admission && admission.outcome !== "admit") throw admission.error;
  return admission;
}

/**
 * Asks who a request is, once: at once where memory knows. A subscription is asked again for each event, which graphql-js gives variables
 * of its own.
 *
 * @param ask null for anonymous; throws, or rejects, for whom is not admitted
 */
export function settling({ authenticate }: Pick<Parts, "authenticate">, ask: () => MaybePromise<Admitted | null>) {
  let settled: { found: MaybePromise<Admitted | null>; event: object | undefined; hasUser: boolean } | null = null;

  function find(info?: GraphQLResolveInfo, needsUser = false): MaybePromise<Admitted | null> {
    const event = info?.operation.operation === "subscription" ? info.variableValues : undefined;
    if (!settled || (event && settled.event && event !== settled.event))
      settled = { found: ask(), event, hasUser: false };
    settled.event ??= event;
    if (needsUser && !settled.hasUser) {
      settled.hasUser = true;
      settled.found = whenHere(settled.found, (admitted) => admitted && looked(admitted));
    }
    return settled.found;
  }

  const looked = (admitted: Admitted): MaybePromise<Admitted | null> =>
    admitted.state ? admitted : whenHere(authenticate.known(admitted), admittedOf);

  const present = (admitted: Admitted | null): Admitted => {
    if (!admitted) throw new MusterError("TOKEN_MISSING");
    return admitted;
  };

  return {
    settle: (info?: GraphQLResolveInfo, needsUser?: boolean) =>
      whenHere(find(info, needsUser), (admitted) => admitted?.principal ?? null),
    admitted: () => whenHere(find(), present),
    user: () => whenHere(find(undefined, true), (admitted) => present(admitted) as Known),
  };
}

const one = (header: string | string[] | undefined) => (Array.isArray(header) ? header.join(", ") : header);

/** Where a request comes from, as far as it says. */
export const clientOf = (req: RequestLike): Client => ({
  ip: req.ip ?? req.socket?.remoteAddress ?? null,
  userAgent: one(req.headers["user-agent"]) ?? null,
});

export const authorizationOf = ({ headers, headersDistinct, raw }: RequestLike) =>
  (headersDistinct ?? raw?.headersDistinct)?.authorization ?? headers.authorization;

export function originOf(req: RequestLike) {
  return {
    origin: one(req.headers.origin),
    host: one(req.headers.host),
    protocol: req.protocol ?? (req.socket?.encrypted ? "https" : "http"),
  };
}

/** The request that a resolver's context belongs to. @throws TypeError where `context()` was not used */
export function requestOf(context: unknown): MusterRequest {
  const request = (context as Partial<MusterContext> | null)?.muster;
  if (!request) throw new TypeError("This context was not made by muster.context().");
  return request;
}

/** Says in the answer until when access tokens live on that this has ended, where they do; gives back what it was given. */
export function tellLivingOn<T extends { accessTokensLiveUntil?: Date | undefined }>(
  { responseExtensions }: Pick<MusterRequest, "responseExtensions">,
  done: T,
): T {
  const { accessTokensLiveUntil: until } = done;
  if (until) responseExtensions.set("accessTokensLiveUntil", until.toISOString());
  return done;
}

/** Settles a request and puts its principal where resolvers find it. */
export function authorize(
  context: unknown,
  info?: GraphQLResolveInfo,
  needsUser?: boolean,
): MaybePromise<Principal | null> {
  const place = (principal: Principal | null) => {
    (context as MusterContext).principal = principal;
    return principal;
  };
  return whenHere(requestOf(context).settle(info, needsUser), place);
}
