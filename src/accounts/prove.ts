import { MusterError } from "../errors.js";
import type { Parts } from "../parts.js";
import type { UserDocument } from "../store/user.model.js";
import type { Attempt } from "./attempts.js";

/**
 * Whether this is the user's password: by our own hash, or where it is not one of ours by the application's hook. A password that nobody
 * can have set is empty here; it costs a check like any other, so that time does not tell who has an account.
 */
export async function isPasswordOf(
  { hasher, verifyPassword }: Pick<Parts, "hasher" | "verifyPassword">,
  user: Pick<UserDocument, "passwordHash">,
  password: string,
): Promise<boolean> {
  const hash = String(user.passwordHash ?? "");
  if (!verifyPassword || hash.startsWith("$argon2")) return hasher.verify(hash, password);
  if (password === "") return hasher.verifyDummy(password);
  return (await verifyPassword(hash, password)) === true;
}

/** Lets a proof count as an attempt only where it was wrong: an outage must not use attempts up. */
export async function countedBy<T>(attempt: Attempt, prove: () => Promise<T>): Promise<T> {
  try {
    const proved = await prove();
    await attempt.succeeded();
    return proved;
  } catch (error) {
    const wrong = error instanceof MusterError && error.reason === "INVALID_CREDENTIALS";
    if (!wrong) await attempt.givenUp();
    throw error;
  }
}
