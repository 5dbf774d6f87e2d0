import type { Parts } from "../parts.js";
import type { UserDocument } from "../store/user.model.js";
import { credentialFields } from "./credentials.js";

/** A user by id, without the roll; null where there is none. @throws MusterError `STORE_UNREACHABLE` */
export async function findUser({ users }: Parts, id: string): Promise<UserDocument | null> {
  const _id = users.parseId(id);
  return _id === undefined ? null : users.find({ _id }, { fields: credentialFields });
}
