import { MusterError } from "../errors.js";
import type { Parts } from "../parts.js";

/** Instances, the database and whoever asks may disagree on the time by so much. */
const skewMs = 300_000;

/**
 * The date of an ending by time; null where none is given: then everything ends that was issued so far. One that lies clearly in the future is
 * refused: whoever gives it means tokens that are not issued yet, which can't be ended, or has mistyped it. One that is ahead by
 * no more than clocks differ means now, by the database's clock, in the write itself.
 *
 * @throws MusterError `DATE_IN_FUTURE`
 */
export function parseIssuedBefore({ clock }: Pick<Parts, "clock">, issuedBefore: Date | null | undefined): Date | null {
  if (issuedBefore == null) return null;
  if (issuedBefore.getTime() > clock.now() + skewMs) throw new MusterError("DATE_IN_FUTURE");
  return issuedBefore;
}
