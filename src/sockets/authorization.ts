import { MusterError } from "../errors.js";
import { parseBearer } from "../tokens/bearer.js";

/**
 * Takes the token out of what a client sends with its first message, or with a renewal: `{ "authorization": "Bearer …" }`, the name in any
 * case. Null where none is offered: no such name, null, or an empty text.
 *
 * @throws MusterError `TOKEN_INVALID` for anything else: what offers a token is never taken for anonymous
 */
export function tokenOf(payload: unknown): string | null {
  if (typeof payload !== "object" || payload === null) return null;
  const offered = Object.entries(payload)
    .filter(([name]) => name.toLowerCase() === "authorization")
    .map(([, value]) => value as unknown)
    .filter((value) => value !== undefined && value !== null && value !== "");
  if (offered.length === 0) return null;
  const [value] = offered;
  const token = typeof value === "string" && offered.length === 1 ? parseBearer(value) : null;
  if (token === null) throw new MusterError("TOKEN_INVALID", { cause: "authorization form" });
  return token;
}
