import { randomBytes } from "node:crypto";
import type { HashParameters } from "./parameters.js";

/**
 * A hash that no password has and that costs as much to check as a real one with the same parameters: a random salt and a
 * random digest in the form of a PHC string. It is put together rather than computed, so even the first check against it
 * takes no longer than any other.
 */
export function makeDummyHash({ memoryKiB, timeCost, parallelism }: HashParameters): string {
  const salt = randomBytes(16).toString("base64").replaceAll("=", "");
  const digest = randomBytes(32).toString("base64").replaceAll("=", "");
  return `$argon2id$v=19$m=${memoryKiB},t=${timeCost},p=${parallelism}$${salt}$${digest}`;
}
