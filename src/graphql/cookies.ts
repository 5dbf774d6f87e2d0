const attributes = "Path=/; HttpOnly; Secure; SameSite=Strict";
const cookieValue = /^[\w.~-]+$/;

/** One cookie that carries a token. */
export type TokenCookie = {
  /**
   * Takes the token out of a `Cookie` header.
   * @returns null where there is none, where it can't be one of ours, and where several are sent, since none can be told to be ours
   */
  read(header: string | undefined): string | null;
  /**
   * The `Set-Cookie` header that gives a browser its token (RFC 6265).
   * @param maxAgeSeconds whole seconds that the token lives
   * @throws TypeError for a token that a cookie can't hold
   */
  set(token: string, options: { maxAgeSeconds: number }): string;
  /** The `Set-Cookie` header that takes it away again. */
  cleared(): string;
};

/**
 * @param name with the `__Host-` prefix, which binds the cookie to this host, this path and TLS (RFC 6265bis section 4.1.3.2)
 * @param longest of more characters none of these tokens is
 */
const createTokenCookie = (name: string, longest: number): TokenCookie => ({
  read(header) {
    if (!header?.includes(name)) return null;
    const values: string[] = [];
    for (const pair of header.split(";")) {
      const equals = pair.indexOf("=");
      if (equals >= 0 && pair.slice(0, equals).trim() === name) values.push(pair.slice(equals + 1).trim());
    }
    const [value] = values;
    return values.length === 1 && value !== undefined && value.length <= longest && cookieValue.test(value)
      ? value
      : null;
  },
  set(token, { maxAgeSeconds }) {
    if (!cookieValue.test(token)) throw new TypeError("a token holds a character that a cookie can't");
    return `${name}=${token}; Max-Age=${Math.max(0, Math.floor(maxAgeSeconds))}; ${attributes}`;
  },
  cleared: () => `${name}=; Max-Age=0; ${attributes}`,
});

export const refreshCookie = createTokenCookie("__Host-muster_refresh", 1_024);

/** Only where tokens are kept in a store. */
export const accessCookie = createTokenCookie("__Host-muster_access", 4_096);

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
