/** The `__Host-` prefix binds the cookie to this host, this path and TLS (RFC 6265bis section 4.1.3.2). */
const refreshCookieName = "__Host-muster_refresh";
const attributes = "Path=/; HttpOnly; Secure; SameSite=Strict";

/** Longer than any refresh token; a longer cookie is none of ours. */
const longest = 1_024;
const cookieValue = /^[\w.~-]+$/;

/**
 * Takes the refresh token out of a `Cookie` header.
 * @returns null where there is none, where it can't be one of ours, and where several are sent, since none can be told to be ours
 */
export function readRefreshCookie(header: string | undefined): string | null {
  if (!header?.includes(refreshCookieName)) return null;
  const values: string[] = [];
  for (const pair of header.split(";")) {
    const equals = pair.indexOf("=");
    if (equals >= 0 && pair.slice(0, equals).trim() === refreshCookieName) values.push(pair.slice(equals + 1).trim());
  }
  const [value] = values;
  return values.length === 1 && value !== undefined && value.length <= longest && cookieValue.test(value)
    ? value
    : null;
}

/**
 * The `Set-Cookie` header that gives a browser its refresh token (RFC 6265).
 * @param maxAgeSeconds whole seconds that the token lives
 * @throws TypeError for a token that a cookie can't hold
 */
export function refreshCookie(token: string, { maxAgeSeconds }: { maxAgeSeconds: number }): string {
  if (!cookieValue.test(token)) throw new TypeError("a refresh token holds a character that a cookie can't");
  return `${refreshCookieName}=${token}; Max-Age=${Math.max(0, Math.floor(maxAgeSeconds))}; ${attributes}`;
}

/** The `Set-Cookie` header that takes it away again. */
export function clearedRefreshCookie(): string {
  return `${refreshCookieName}=; Max-Age=0; ${attributes}`;
}

/**
 * Whether a request that carries our cookie may come from its origin. A request without `Origin` is not a page's cross-site request:
 * browsers send the header with every POST.
 *
 * @param origin the `Origin` header
 * @param host the `Host` that the client asked for, with its port where it has one
 * @param protocol `http` or `https`, as the client sees it
 */
export function isOriginAllowed({
  origin,
  host,
  protocol,
  corsOrigins,
}: {
  origin: string | undefined;
  host: string | undefined;
  protocol: string;
  corsOrigins: readonly string[];
}): boolean {
  if (origin === undefined) return true;
  return corsOrigins.includes(origin) || (host !== undefined && origin === ownOrigin(protocol, host));
}

/** The origin as browsers write it: lower case, without the protocol's own port. */
function ownOrigin(protocol: string, host: string): string | null {
  try {
    return new URL(`${protocol}://${host}`).origin;
  } catch {
    return null;
  }
}
