import { MusterError } from "../errors.js";
import { isBlocked } from "./blocklist.js";

/** The longest password that can be set, in code points after NFC. It is refused rather than cut. */
export const maxPasswordLength = 128;

// A code point of a text in NFC stands for at most four in what was typed, and each of those is one or two code units: what
// is longer is too long without a look at it.
const maxCodeUnits = maxPasswordLength * 4 * 2;

const loneSurrogate = /\p{Surrogate}/u;

export type PasswordRules = {
  /** The fewest code points, 8 or more (`PASSWORD_MIN_LENGTH`). */
  minLength: number;
  /** The user's e-mail address: the password must not be made of it. */
  email?: string;
};

/**
 * Returns a password that may be set, in NFC (NIST 800-63B-4, section 3.1.1.2). Throws `PASSWORD_TOO_LONG`,
 * `PASSWORD_INVALID` for lone surrogates, `PASSWORD_TOO_SHORT` or `PASSWORD_COMMON`.
 */
export function parseNewPassword(text: string, { minLength, email }: PasswordRules): string {
  if (text.length > maxCodeUnits) throw new MusterError("PASSWORD_TOO_LONG");
  // argon2 would hash all of them as U+FFFD, and many passwords would be one.
  if (loneSurrogate.test(text)) throw new MusterError("PASSWORD_INVALID");
  const password = text.normalize("NFC");
  const length = [...password].length;
  if (length < minLength) {
    throw new MusterError("PASSWORD_TOO_SHORT", {
      message: `The password is too short: take at least ${minLength} characters.`,
    });
  }
  if (length > maxPasswordLength) throw new MusterError("PASSWORD_TOO_LONG");
  if (isBlocked(password, { email })) throw new MusterError("PASSWORD_COMMON");
  return password;
}

/**
 * Returns a password to check, in NFC; no rule for new passwords applies. One that nobody can have set (lone surrogates, or
 * more than 1,024 code units) becomes the empty text, which `Hasher.verify` never finds right. Never throws.
 */
export function normalizePassword(text: string): string {
  return text.length > maxCodeUnits || loneSurrogate.test(text) ? "" : text.normalize("NFC");
}
