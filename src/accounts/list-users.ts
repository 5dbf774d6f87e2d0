import { MusterError } from "../errors.js";
import type { Parts } from "../parts.js";
import type { UserDocument } from "../store/user.model.js";
import { credentialFields } from "./credentials.js";
import { parseEmail } from "./email.js";
import { makeCursor, type Page, type PageRequest, parseCursor, parsePageSize } from "./page.js";

/** Which users: all of what is given must hold. */
export type UserQuery = { email?: string | null; role?: string | null; enabled?: boolean | null };

/** Users in order of `_id`. @throws MusterError `PAGE_SIZE_INVALID`, `CURSOR_INVALID`, `EMAIL_INVALID`, `STORE_UNREACHABLE` */
export async function listUsers(
  { users }: Parts,
  { filter: { email, role, enabled }, ...request }: PageRequest & { filter: UserQuery },
): Promise<Page<UserDocument>> {
  const size = parsePageSize(request);
  const place = parseCursor(request);
  const after = place === null ? undefined : users.parseId(place);
  if (place !== null && after === undefined) throw new MusterError("CURSOR_INVALID");
  const filter = {
    ...(email != null && { [users.fields.email]: parseEmail(email) }),
    ...(role != null && { roles: role }),
    ...(enabled != null && { enabled: enabled ? { $ne: false } : false }),
    ...(after !== undefined && { _id: { $gt: after } }),
  };
  const found = await users.page(filter, { fields: credentialFields }, size + 1);
  const items = found.slice(0, size).map((item) => ({ cursor: makeCursor(String(item._id)), item }));
  return { items, hasNext: found.length > size, hasPrevious: after !== undefined };
}
