import { MusterError } from "../errors.js";
import type { DeniedToken, RedisDenylist } from "./redis-denylist.js";

/** A denylist that is asked about each token, and fills itself where it does not prove to be whole. */
export type FilledDenylist = {
  /** One command. @throws MusterError `STORE_UNREACHABLE`, also while it is being filled */
  isDenied(jti: string): Promise<boolean>;
  deny(tokens: Iterable<DeniedToken>): Promise<void>;
  /** Joined while it is on its way. @throws MusterError `STORE_UNREACHABLE` */
  fill(): Promise<void>;
};

/** @param load all tokens that have ended and not expired, read after it was called */
export function createFilledDenylist({
  denylist,
  load,
  onError = () => {},
}: {
  denylist: RedisDenylist;
  load: () => Promise<Iterable<DeniedToken>>;
  onError?: ((error: unknown) => void) | undefined;
}): FilledDenylist {
  let filling: Promise<void> | null = null;
  const fill = () => {
    filling ??= denylist.fill(load).finally(() => {
      filling = null;
    });
    return filling;
  };
  return {
    deny: denylist.deny,
    fill,
    async isDenied(jti) {
      const answer = await denylist.ask(jti);
      if (answer !== "unfilled") return answer === "denied";
      void fill().catch(onError);
      throw new MusterError("STORE_UNREACHABLE", { cause: new Error("the denylist is being filled") });
    },
  };
}
