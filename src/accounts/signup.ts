import { MusterError } from "../errors.js";
import type { Client, Parts } from "../parts.js";
import { parseNewPassword } from "../passwords/policy.js";
import { issuedAtField, literal } from "../sessions/roll.js";
import { isDuplicateKey } from "../store/bounded.js";
import { type Credentials, credentialFields, describeSession, makeCredentials } from "./credentials.js";
import { parseEmail } from "./email.js";
import { withTokenPlace } from "./token-place.js";

/**
 * Makes an account and signs its user in, in one write; the unique index decides who comes first.
 *
 * @throws MusterError `EMAIL_INVALID`, `EMAIL_TAKEN` (the one place where it shows that an account exists), `PASSWORD_…`,
 * `TOO_MANY_SIGNUPS`, `TOO_MANY_LOGINS`, `STORE_UNREACHABLE`
 */
export async function signup(
  parts: Parts,
  input: { email: string; password: string; deviceName?: string | null | undefined },
  client: Client,
): Promise<Credentials> {
  const { users, roll, hasher, attempts, passwordMinLength, system } = parts;
  const email = parseEmail(input.email);
  const password = parseNewPassword(input.password, { minLength: passwordMinLength, email });
  await attempts.signup({ ip: client.ip });

  const byEmail = { [users.fields.email]: email };
  if (await users.find(byEmail, { fields: [] })) throw new MusterError("EMAIL_TAKEN");
  const atFirst = await system.known();
  const passwordHash = await hasher.hash(password);

  const { _id = users.newId(), ...theirs } = (await parts.newUserFields?.({ email })) ?? {};
  const now = roll.now();
  const issuedAt = roll.nextIssuedAt(atFirst);
  const ours = {
    [users.fields.email]: literal(email),
    [users.fields.passwordHash]: literal(passwordHash),
    passwordChangedAt: now,
    enabled: true,
    roles: [],
    scopes: [],
    credentialVersion: 0,
    epoch: 0,
    lastLoginAt: now,
    lastLogoutAt: null,
    createdAt: now,
    lastIssuedAt: issuedAt,
  };
  const { deviceName } = input;
  const session = describeSession(parts, { userId: String(_id), system: atFirst, client, deviceName });
  const fields = {
    ...Object.fromEntries(Object.entries(theirs).map(([name, value]) => [name, literal(value)])),
    ...ours,
  };
  try {
    const place = { jti: session.jti, isOurs: true, isOnRoll: () => true };
    const signedUp = await withTokenPlace(parts, place, () =>
      users.update(
        "signup",
        { _id, [users.fields.email]: { $exists: false } },
        [
          { $set: { ...fields, [issuedAtField]: issuedAt } },
          { $set: { sessions: roll.first(session) } },
          { $unset: issuedAtField },
        ],
        {
          answer: "after",
          pick: { fields: [...credentialFields, "sessions"] },
          upsert: true,
        },
      ),
    );
    const { user } = signedUp!;
    return await makeCredentials(parts, user, user.sessions[0]!, atFirst);
  } catch (error) {
    if (isDuplicateKey(error)) throw new MusterError("EMAIL_TAKEN");
    throw error;
  }
}
