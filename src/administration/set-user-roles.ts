import { credentialFields } from "../accounts/credentials.js";
import { isGrantName } from "../accounts/grant.js";
import { livingOn } from "../accounts/living-on.js";
import { endingOfRoleChange } from "../accounts/role-change.js";
import { MusterError } from "../errors.js";
import type { Parts } from "../parts.js";
import { literal } from "../sessions/roll.js";
import type { UserDocument } from "../store/user.model.js";
import { writeSparingLastAdmin } from "./last-admin.js";
import { type Administered, parseUserId, present } from "./named-user.js";

const mostRoles = 100;

/**
 * Gives a user these roles and no others; they hold from the user's next request on. What that ends is a setting; roles that the user has
 * already end nothing.
 *
 * @throws MusterError `ROLE_INVALID`, `NO_SUCH_USER`, `LAST_ADMIN`, `TRANSACTIONS_UNAVAILABLE`, `STORE_UNREACHABLE`: it may still happen
 */
export async function setUserRoles(
  parts: Parts,
  { id, roles }: { id: string; roles: readonly string[] },
): Promise<Administered<{ user: UserDocument }>> {
  const { write } = parts;
  const wanted = parseRoles(roles);
  const filter = { _id: parseUserId(parts, id) };
  const change = {
    name: "set-user-roles",
    revokes: true,
    answer: "after",
    pick: { fields: credentialFields },
  } as const;
  const isOther = { $expr: { $not: { $setEquals: [{ $ifNull: ["$roles", []] }, literal(wanted)] } } };
  const other = {
    ...change,
    filter: { ...filter, ...isOther },
    ...endingOfRoleChange(parts, { roles: literal(wanted) }),
  };
  const changed = wanted.includes("admin") ? await write(other) : await writeSparingLastAdmin(parts, other);
  // a repeat of a change that may have been made promises as much as the first
  if (!changed) return { user: present(await write({ ...change, filter })).user };
  return {
    user: changed.user,
    accessTokensLiveUntil: other.endsAll ? livingOn(parts, "ALL_SESSIONS") : undefined,
  };
}

function parseRoles(roles: readonly string[]): string[] {
  const wanted = [...new Set(roles)];
  if (wanted.length > mostRoles || !wanted.every(isGrantName)) throw new MusterError("ROLE_INVALID");
  return wanted;
}
