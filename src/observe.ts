import type { Reason } from "./errors.js";

/** What somebody who counts wants to know. Called on the request path: it must be quick, and it must not throw. */
export type Observer = {
  /** A token was refused. */
  refused(reason: Reason): void;
  /** What a token is worth could not be known. */
  unknown(): void;
  /** Memory was not proved fresh, so the database was asked. */
  fellBack(): void;
  /** A revocation has waited for so many instances, of which so many were silent. */
  waited(wait: { ms: number; instances: number; silent: number }): void;
};

const nothing = () => {};

/** Counts nothing. */
export const unobserved: Observer = { refused: nothing, unknown: nothing, fellBack: nothing, waited: nothing };
