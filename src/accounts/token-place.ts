import { MusterError } from "../errors.js";
import type { Parts } from "../parts.js";
import { newId } from "../tokens/claims.js";
import type { TokenSource } from "../tokens/opaque-token.js";

/** The claim `jti` of a token that is about to be made. */
export const tokenIdOf = ({ strategy }: Pick<Parts, "strategy">, source: TokenSource): string =>
  strategy.kept?.idOf(source) ?? newId();

/**
 * Makes the write that puts a token on the roll. Where tokens are kept in a store, a place for this one is reserved before it, and given
 * back where nothing was written.
 *
 * @param isOurs whether nobody else may make a token of this id. A refresh that lost has the same one as the one that won, so it gives
 * nothing back: a place that is never filled admits nobody, and expires
 * @param isOnRoll whether what was written has the token
 * @throws MusterError `STORE_UNREACHABLE`, and what `write` throws
 */
export async function withTokenPlace<T>(
  { strategy: { kept } }: Pick<Parts, "strategy">,
  { jti, isOurs, isOnRoll }: { jti: string; isOurs: boolean; isOnRoll: (written: T) => boolean },
  write: () => Promise<T>,
): Promise<T> {
  if (!kept) return write();
  await kept.reserve(jti);
  let isUsed = false;
  try {
    const written = await write();
    isUsed = isOnRoll(written);
    return written;
  } catch (error) {
    // what is unknown may still happen
    isUsed = error instanceof MusterError && error.reason === "STORE_UNREACHABLE";
    throw error;
  } finally {
    // a place that can't be given back admits nobody either
    if (isOurs && !isUsed) await kept.end([jti]).catch(() => {});
  }
}
