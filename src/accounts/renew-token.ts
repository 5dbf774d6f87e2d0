import type { Admitted } from "../authenticate.js";
import type { Parts } from "../parts.js";
import { issueAccessToken } from "../tokens/issue.js";

/** The same token with newer claims of the strategy's; null where it has none to offer. It ends nothing, and the old one is as good as it was. */
export function renewToken({ keys }: Pick<Parts, "keys">, { claims, renewal }: Admitted): string | null {
  if (!renewal) return null;
  const { iss, aud, sub, sid, jti, ims, exp, auth_time, sys, judged_by } = claims;
  return issueAccessToken(keys, {
    issuer: iss,
    audience: aud,
    sub,
    sid,
    jti,
    issuedAt: new Date(ims),
    expiresAt: new Date(exp * 1_000),
    authTime: new Date(auth_time * 1_000),
    sys,
    own: { ...(judged_by !== undefined && { judged_by }), ...renewal },
  });
}
