import { MusterError } from "../errors.js";
import type { Client, Parts } from "../parts.js";
import { normalizePassword } from "../passwords/policy.js";
import { literal } from "../sessions/roll.js";
import type { Written } from "../sessions/write.js";
import type { PickedUser } from "../store/users.js";
import { type Credentials, credentialFields, describeSession, makeCredentials } from "./credentials.js";
import { normalizeEmail } from "./email.js";
import { livingOn } from "./living-on.js";
import { countedBy, isPasswordOf } from "./prove.js";
import { withTokenPlace } from "./token-place.js";

/**
 * Signs a user in: one more session on the roll, added only if since the password was read nothing has disabled the user, changed
 * the password or ended all sessions.
 *
 * @throws MusterError `INVALID_CREDENTIALS` (alike and at the same cost for an unknown address), `USER_DISABLED` (only after the
 * right password), `LOGIN_OVERTAKEN`, `SESSION_LIMIT_REACHED`, `TOO_MANY_LOGINS`, `STORE_UNREACHABLE`
 */
export async function login(
  parts: Parts,
  input: { email: string; password: string; deviceName?: string | null | undefined },
  client: Client,
): Promise<Credentials> {
  const { users, write, roll, rules, hasher, attempts, system } = parts;
  const email = normalizeEmail(input.email);
  const password = normalizePassword(input.password);
  const attempt = await attempts.login({ email: email ?? "", ip: client.ip });
  // before the user is read: whatever ends everything from now on ends this session as well
  const atFirst = await system.known();
  const known = await countedBy(attempt, () => prove(parts, email, password));
  if (known.enabled === false) throw new MusterError("USER_DISABLED");

  const rehashed = hasher.needsRehash(known.passwordHash)
    ? { [users.fields.passwordHash]: literal(await hasher.hash(password)) }
    : {};
  const { deviceName } = input;
  const session = describeSession(parts, { userId: String(known._id), system: atFirst, client, deviceName });
  const endsOthers = rules.newLoginEnds === "others";
  const asRead = { credentialVersion: known.credentialVersion ?? null, epoch: known.epoch ?? null };
  const place = {
    jti: session.jti,
    isOurs: true,
    isOnRoll: (made: Written | null) => made?.user.sessions?.[0] !== undefined,
  };
  const written = await withTokenPlace(parts, place, () =>
    write({
      name: "login",
      filter: { _id: known._id, enabled: { $ne: false }, ...asRead },
      set: { ...rehashed, lastLoginAt: roll.lastLogin(atFirst) },
      sessions: roll.withAdded(session, atFirst),
      issues: true,
      endsAll: endsOthers,
      reason: endsOthers ? "NEW_LOGIN" : "SESSION_LIMIT",
      revokes: false,
      system: atFirst,
      answer: "after",
      pick: { fields: credentialFields, session: session.id },
    }),
  );
  if (!written) throw new MusterError("LOGIN_OVERTAKEN");
  const { user, revoked } = written;
  const added = user.sessions?.[0];
  if (!added) throw new MusterError("SESSION_LIMIT_REACHED");
  const accessTokensLiveUntil = revoked ? livingOn(parts, endsOthers ? "ALL_SESSIONS" : "ONE_SESSION") : undefined;
  return { ...(await makeCredentials(parts, user, added, atFirst)), accessTokensLiveUntil };
}

async function prove(parts: Parts, email: string | null, password: string): Promise<PickedUser> {
  const { users, hasher } = parts;
  const fields = ["passwordHash", "enabled", "credentialVersion", "epoch"] as const;
  const known = email === null ? null : await users.find({ [users.fields.email]: email }, { fields });
  if (known && (await isPasswordOf(parts, known, password))) return known;
  if (!known) await hasher.verifyDummy(password);
  throw new MusterError("INVALID_CREDENTIALS");
}
