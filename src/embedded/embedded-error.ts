/** A fault of the embedded database that the person at the keyboard can mend: the message says how. Shown without a stack. */
export class EmbeddedError extends Error {
  override readonly name = "EmbeddedError";
}
