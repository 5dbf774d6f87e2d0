import { domainToASCII } from "node:url";
import { MusterError } from "../errors.js";

/** The longest address, in code points after normalisation (RFC 5321, section 4.5.3.1.3: a path of 256 with its brackets). */
export const maxEmailLength = 254;

// Normalisation makes one character of four at most: what is longer than that is too long without a look at it.
const maxCodeUnits = maxEmailLength * 4;

// Controls, formats (bidi marks, zero-width ones), surrogates, unassigned ones; all white space; all that a reader can't see.
const unseen = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u;

// RFC 5321's dot-string, with the characters of RFC 6531: a quoted local part is no address here.
const localPart = /^[a-z0-9!#$%&'*+/=?^_`{|}~\-\P{ASCII}]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~\-\P{ASCII}]+)*$/u;

const label = /^(?!-)[a-z0-9\-\p{L}\p{M}\p{N}]+(?<!-)$/u;

/**
 * Returns an e-mail address in the one form that is stored and looked up (NFKC, lower case, NFKC). Throws `EMAIL_INVALID`.
 *
 * A dot-string, `@`, and a domain name of two labels or more (RFC 5321; other scripts by RFC 6531 and UTS 46). No quoted
 * local part, no comment, no address literal. That somebody reads mail there only a mail can tell.
 */
export function parseEmail(text: string): string {
  const email = normalizeEmail(text);
  if (email === null) throw new MusterError("EMAIL_INVALID");
  return email;
}

/**
 * Returns what `parseEmail` returns, or null where that throws: nobody can have signed up with such an address. Applied to
 * its own result it changes nothing.
 *
 * NOTE: the two spellings of an international domain (`ü` and `xn--`) stay two addresses.
 */
export function normalizeEmail(text: string): string | null {
  if (text.length > maxCodeUnits) return null;
  const email = text.normalize("NFKC").toLowerCase().normalize("NFKC");
  if ([...email].length > maxEmailLength || unseen.test(email)) return null;
  const [local, domain, ...more] = email.split("@");
  if (local === undefined || domain === undefined || more.length > 0) return null;
  return isLocalPart(local) && isDomain(domain) ? email : null;
}

function isLocalPart(text: string): boolean {
  return Buffer.byteLength(text) <= 64 && localPart.test(text);
}

function isDomain(text: string): boolean {
  const labels = text.split(".");
  if (labels.length < 2 || !labels.every((part) => label.test(part))) return false;
  // An IPv4 address is no domain name, and no top-level domain is a number.
  if (/^\p{N}+$/u.test(labels.at(-1) ?? "")) return false;
  const ascii = domainToASCII(text);
  return ascii !== "" && ascii.length <= 253 && ascii.split(".").every((part) => part.length <= 63);
}
