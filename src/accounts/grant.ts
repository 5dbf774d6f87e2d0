import type { Parts } from "../parts.js";
import { normalizeEmail } from "./email.js";
import { endingOfRoleChange } from "./role-change.js";

/** What a grant came to. */
export type Granted = "granted" | "had-it" | "no-such-user";

const wellFormed = /^[A-Za-z0-9][A-Za-z0-9:._-]{0,63}$/;

/** Whether this can be the name of a role or scope: 1 to 64 letters, digits and `: . _ -`. */
export const isGrantName = (name: string) => wellFormed.test(name);

type Grantor = Pick<Parts, "users" | "write" | "rules" | "roll">;

/** Gives a user a role; it holds from the user's next request on. @throws MusterError `STORE_UNREACHABLE` */
export const grantRole = (by: Grantor, { email, role }: { email: string; role: string }) =>
  grant(by, email, "roles", role);

/** Gives a user a scope; it holds from the user's next request on. @throws MusterError `STORE_UNREACHABLE` */
export const grantScope = (by: Grantor, { email, scope }: { email: string; scope: string }) =>
  grant(by, email, "scopes", scope);

async function grant(by: Grantor, email: string, field: "roles" | "scopes", name: string): Promise<Granted> {
  if (!isGrantName(name)) throw new TypeError("A role or scope has 1 to 64 letters, digits and : . _ -");
  const { users, write } = by;
  const address = normalizeEmail(email);
  if (address === null) return "no-such-user";
  const user = await users.find({ [users.fields.email]: address }, { fields: [] });
  if (!user) return "no-such-user";
  const change = { name: "grant", revokes: true, answer: "before", pick: { fields: [] } } as const;
  const added = { $setUnion: [{ $ifNull: [`$${field}`, []] }, [name]] };
  const filter = { _id: user._id };
  const granted = await write({
    ...change,
    filter: { ...filter, [field]: { $ne: name } },
    ...endingOfRoleChange(by, { [field]: added }),
  });
  if (granted) return "granted";
  // a repeat of a grant that may have been made promises as much as the first
  return (await write({ ...change, filter })) ? "had-it" : "no-such-user";
}
