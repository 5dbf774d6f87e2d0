import type { AuthStateSource } from "../auth-state/auth-state.js";
import { MusterError } from "../errors.js";
import type { AccessClaims } from "../tokens/claims.js";
import type { OpaqueTokens } from "../tokens/opaque-token.js";
import { userIdOf } from "../tokens/subject.js";
import type { Verifier } from "../tokens/verify.js";
import { outdated } from "./guards.js";
import type { KeptTokens } from "./kept-tokens.js";

/**
 * Makes the reader of tokens that are kept in a store: what is no token of ours is refused before anything is read, then the record is
 * asked for. Only where there is none is the user looked at, to say why.
 *
 * @param verify takes JWTs of this deployment
 * @param parse checks what a record says. @throws MusterError
 * @param ask the surest word on a user
 */
export function createKeptReader({
  kept: { format, find },
  opaque,
  verify,
  parse,
  ask,
  now,
}: {
  kept: Pick<KeptTokens, "format" | "find">;
  opaque: Pick<OpaqueTokens, "open">;
  verify: Verifier;
  parse: (record: Record<string, unknown>) => AccessClaims;
  ask: AuthStateSource;
  now: () => number;
}): (token: string) => Promise<AccessClaims> {
  async function whyGone(userId: string, sid: string): Promise<MusterError> {
    const state = await ask(userId, sid);
    if (!state) return new MusterError("USER_NOT_FOUND");
    if (!state.enabled) return new MusterError("USER_DISABLED");
    const session = state.sessions.find(({ id }) => id === sid);
    const { refused, endReason } = outdated(state, sid, session);
    return new MusterError(refused, { endReason });
  }

  async function readRandom(token: string): Promise<AccessClaims> {
    const opened = opaque.open(token);
    if (!opened) {
      verify(token);
      throw otherFormat();
    }
    const record = await find(opened.id);
    if (!record) throw await whyGone(opened.userId, opened.sessionId);
    const claims = parse(record);
    // who may write to the store can't make it another's
    const { userId, sessionId, id } = opened;
    if (userIdOf(claims.sub) !== userId || claims.sid !== sessionId || claims.jti !== id)
      throw new MusterError("TOKEN_INVALID", { cause: "another token's record" });
    if (!(now() < claims.exp * 1_000)) throw new MusterError("TOKEN_EXPIRED");
    return claims;
  }

  async function readJwt(token: string): Promise<AccessClaims> {
    const claims = verify(token);
    if (await find(claims.jti)) return claims;
    throw await whyGone(userIdOf(claims.sub), claims.sid);
  }

  return format === "random" ? readRandom : readJwt;
}

/**
 * The same verifier for a deployment whose tokens are JWTs: an opaque one of this deployment, from before a change of its settings, is
 * told as such, so that its client refreshes it.
 */
export function refusingOpaque(verify: Verifier, { open }: Pick<OpaqueTokens, "open">): Verifier {
  return (token) => {
    try {
      return verify(token);
    } catch (error) {
      if (error instanceof MusterError && error.reason === "TOKEN_INVALID" && open(token)) throw otherFormat();
      throw error;
    }
  };
}

const otherFormat = () => new MusterError("TOKEN_SUPERSEDED", { cause: "the token's format" });
