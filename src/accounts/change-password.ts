import type { Known } from "../authenticate.js";
import { MusterError } from "../errors.js";
import type { Client, Parts } from "../parts.js";
import { normalizePassword, parseNewPassword } from "../passwords/policy.js";
import { literal } from "../sessions/roll.js";
import type { Written } from "../sessions/write.js";
import type { PickedUser } from "../store/users.js";
import { newId } from "../tokens/claims.js";
import { type Credentials, credentialFields, describeClient, describeSession, makeCredentials } from "./credentials.js";
import { actingAs, whyNotActing } from "./end-sessions.js";
import { livingOn } from "./living-on.js";
import { countedBy, isPasswordOf } from "./prove.js";
import { tokenIdOf, withTokenPlace } from "./token-place.js";

/**
 * Replaces the password and ends the other sessions, in one write. The session that asks is proved anew: it keeps its id, and every
 * access and refresh token that it had is dead. With `logoutEverywhere` it ends as well, and the answer carries a new one.
 *
 * @throws MusterError `INVALID_CREDENTIALS` (the current password is wrong), `PASSWORD_…`, `TOO_MANY_LOGINS`, and what `endSessions`
 * throws
 */
export async function changePassword(
  parts: Parts,
  asker: Known,
  input: { currentPassword: string; newPassword: string; logoutEverywhere: boolean },
  client: Client,
): Promise<Credentials> {
  const { users, write, roll, hasher, attempts, passwordMinLength, strategy, system } = parts;
  const newPassword = parseNewPassword(input.newPassword, { minLength: passwordMinLength, email: asker.state.email });
  const attempt = await attempts.passwordChange({ userId: asker.userId });

  const atFirst = await system.known();
  const known = await countedBy(attempt, () => prove(parts, asker, normalizePassword(input.currentPassword)));
  const passwordHash = await hasher.hash(newPassword);

  const { userId } = asker;
  const deviceName = known.sessions?.[0]?.deviceName;
  const fresh = describeSession(parts, { userId, system: atFirst, client, deviceName });
  const id = input.logoutEverywhere ? fresh.id : asker.claims.sid;
  // how often the session has been refreshed only the write will know; with a new seed no other token of it is made from a 0
  const generation = 0;
  const refreshSeed = input.logoutEverywhere ? fresh.refreshSeed : newId();
  const jti = tokenIdOf(parts, { userId, sessionId: id, generation, refreshSeed });
  const sessions = input.logoutEverywhere
    ? roll.first(fresh)
    : roll.onlyRenewed(id, { jti, refreshSeed, entry: strategy.entry?.(userId), ...describeClient(client) });
  const place = {
    jti: input.logoutEverywhere ? fresh.jti : jti,
    isOurs: true,
    isOnRoll: (made: Written | null) => made !== null,
  };
  const written = await withTokenPlace(parts, place, () =>
    write({
      name: "change-password",
      filter: { ...actingAs(parts, asker), credentialVersion: known.credentialVersion ?? null },
      set: {
        [users.fields.passwordHash]: literal(passwordHash),
        passwordChangedAt: roll.now(),
        credentialVersion: { $add: [{ $ifNull: ["$credentialVersion", 0] }, 1] },
        epoch: roll.nextEpoch,
      },
      sessions,
      issues: true,
      system: atFirst,
      endsAll: true,
      reason: "PASSWORD_CHANGED",
      revokes: true,
      answer: "after",
      pick: { fields: credentialFields, session: id },
    }),
  );
  if (!written) throw await whyNotActing(parts, asker, new MusterError("INVALID_CREDENTIALS"));
  const { user } = written;
  const accessTokensLiveUntil = livingOn(parts, "ALL_SESSIONS");
  const credentials = await makeCredentials(parts, user, user.sessions[0]!, atFirst, { generation });
  return { ...credentials, accessTokensLiveUntil };
}

async function prove(parts: Parts, { state, claims }: Known, password: string): Promise<PickedUser> {
  const known = await parts.users.find(
    { _id: state.key },
    { fields: ["passwordHash", "credentialVersion"], session: claims.sid },
  );
  if (!known) throw new MusterError("USER_NOT_FOUND");
  if (await isPasswordOf(parts, known, password)) return known;
  throw new MusterError("INVALID_CREDENTIALS", { message: "The current password is wrong." });
}
