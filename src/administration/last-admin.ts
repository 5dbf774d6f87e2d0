import { MusterError } from "../errors.js";
import type { Parts } from "../parts.js";
import type { Write, Written } from "../sessions/write.js";
import { enabledAdmin } from "../store/admins.js";

const rounds = 5;

/**
 * Makes a change that takes the role admin, or takes a user out of action: never from the last admin. A user who is no admin at the moment of the
 * write needs nothing more than that write; for an admin the others are counted in the same transaction.
 *
 * @returns null where the change's filter matched nothing, which is never a success
 * @throws MusterError `LAST_ADMIN`, `TRANSACTIONS_UNAVAILABLE`, and what the write throws
 */
export async function writeSparingLastAdmin(
  { write, users, admins }: Pick<Parts, "write" | "users" | "admins">,
  change: Write,
): Promise<Written | null> {
  const { filter } = change;
  for (let round = 0; round < rounds; round++) {
    const written = await write({ ...change, filter: { ...filter, $nor: [enabledAdmin] } });
    if (written) return written;
    if (await users.find({ ...filter, ...enabledAdmin }, { fields: [] })) {
      await admins.prepare();
      return write({ ...change, first: admins.sparing(filter._id) });
    }
    if (!(await users.find(filter, { fields: [] }))) return null;
    // the user was an admin at the write and is none now: once more
  }
  throw new MusterError("STORE_UNREACHABLE", { cause: new Error("the user was another at every look") });
}
