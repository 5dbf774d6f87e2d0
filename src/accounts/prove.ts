import type { Parts } from "../parts.js";
import type { UserDocument } from "../store/user.model.js";

/** Whether this is the user's password: by our own hash, or where it is not one of ours by the application's hook. */
export async function isPasswordOf(
  { hasher, verifyPassword }: Pick<Parts, "hasher" | "verifyPassword">,
  user: Pick<UserDocument, "passwordHash">,
  password: string,
): Promise<boolean> {
  const hash = String(user.passwordHash ?? "");
  if (verifyPassword && !hash.startsWith("$argon2")) return (await verifyPassword(hash, password)) === true;
  return hasher.verify(hash, password);
}
