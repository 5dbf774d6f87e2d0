import type { Attack, Target } from "./attacks/attack.js";
import { ageAttacks, claimAttacks, payloadAttacks } from "./attacks/claims.js";
import { formAttacks } from "./attacks/form.js";
import { headerAttacks } from "./attacks/header.js";
import { keyAttacks } from "./attacks/key.js";
import { signatureAttacks } from "./attacks/signature.js";
import { spellingAttacks } from "./attacks/spelling.js";

export type { Attack, Target } from "./attacks/attack.js";
export { unsendable } from "./attacks/form.js";
export { ecdsaTwin } from "./forge.js";

/**
 * Every token that a server must refuse, made for that server. Each can stand in `Authorization: Bearer …` unchanged
 * (Latin-1 without leading or trailing white space), so it can be sent over HTTP as well as given to a verifier. The
 * good token must still be good, and its subject must not be any text: a form of id is assumed that has no white space.
 */
export function attacks(target: Target): Attack[] {
  return [
    ...formAttacks(target),
    ...signatureAttacks(target),
    ...spellingAttacks(target),
    ...headerAttacks(target),
    ...payloadAttacks(target),
    ...claimAttacks(target),
    ...ageAttacks(target),
    ...keyAttacks(target),
  ];
}
