import { credentialFields } from "../accounts/credentials.js";
import { livingOn } from "../accounts/living-on.js";
import type { Parts } from "../parts.js";
import type { UserDocument } from "../store/user.model.js";
import { writeSparingLastAdmin } from "./last-admin.js";
import { type Administered, parseUserId, present } from "./named-user.js";

/**
 * Disables a user and ends all sessions, or enables one, which brings none of them back.
 * @throws MusterError `NO_SUCH_USER`, `LAST_ADMIN`, `TRANSACTIONS_UNAVAILABLE`, `STORE_UNREACHABLE`: it may still happen
 */
export async function setUserEnabled(
  parts: Parts,
  { id, enabled }: { id: string; enabled: boolean },
): Promise<Administered<{ user: UserDocument }>> {
  const { write, roll } = parts;
  const change = {
    name: "set-user-enabled",
    filter: { _id: parseUserId(parts, id) },
    revokes: true,
    answer: "after",
    pick: { fields: credentialFields },
  } as const;
  if (enabled) return { user: present(await write({ ...change, set: { enabled: true } })).user };
  const disabled = await writeSparingLastAdmin(parts, {
    ...change,
    set: { enabled: false, epoch: roll.nextEpoch },
    sessions: roll.empty(),
    endsAll: true,
    reason: "USER_DISABLED",
  });
  return { user: present(disabled).user, accessTokensLiveUntil: livingOn(parts, "ALL_SESSIONS") };
}
