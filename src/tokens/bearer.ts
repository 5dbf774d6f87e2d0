import { MusterError } from "../errors.js";

const scheme = "bearer ";
/** RFC 6750 section 2.1, with exactly one space. */
const bearerForm = /^bearer [A-Za-z0-9\-._~+/]+=*$/i;
const speaksOfBearer = /(?:^|,)\s*bearer(?![\w!#$%&'*+.^`|~-])/i;

/**
 * Takes the token out of an `Authorization` header (RFC 9110 section 11.6.2, RFC 6750 section 2.1). Null means that
 * none was offered: no header, or another scheme. The scheme's name knows no case. Throws `MusterError`
 * `TOKEN_INVALID` for a Bearer header that is not of the form, is joined with another or stands beside another: which
 * one was meant is not guessed.
 *
 * NOTE: Node keeps the first of several `Authorization` headers in `request.headers`; to have the others refused,
 * give this `request.headersDistinct.authorization`.
 */
export function parseBearer(header: string | readonly string[] | undefined): string | null {
  if (header === undefined) return null;
  const values = typeof header === "string" ? [header] : header;
  if (values.length > 1) throw new MusterError("TOKEN_INVALID", { cause: "authorization twice" });
  const [value] = values;
  if (value === undefined) return null;
  if (bearerForm.test(value)) return value.slice(scheme.length);
  if (speaksOfBearer.test(value)) throw new MusterError("TOKEN_INVALID", { cause: "authorization form" });
  return null;
}
