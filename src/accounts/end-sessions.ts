import type { Admitted } from "../authenticate.js";
import { MusterError } from "../errors.js";
import type { Parts } from "../parts.js";
import type { Capability } from "../revocation/strategy.js";
import type { EndReason } from "../sessions/end-reasons.js";
import { liveFields, liveSessionsOf } from "../sessions/is-live.js";
import type { Expression } from "../sessions/roll.js";
import type { Write } from "../sessions/write.js";
import type { SystemState } from "../store/system.js";
import type { SessionElement } from "../store/user.model.js";
import type { PickedUser } from "../store/users.js";
import { livingOn } from "./living-on.js";

/** The user's write is made only while the session that asks for it, and the token it asks with, stand on the roll: under every strategy. */
export function actingAs({ users }: Pick<Parts, "users">, { userId, claims }: Admitted) {
  return {
    _id: users.parseId(userId),
    enabled: { $ne: false },
    sessions: { $elemMatch: { id: claims.sid, "jtis.jti": claims.jti } },
  };
}

/** Why a write that acts as this token matched nothing: what the token is worth now. */
export async function whyNotActing(
  { authenticate }: Parts,
  asker: Admitted,
  otherwise: MusterError,
): Promise<MusterError> {
  const now = await authenticate.known(asker);
  if (now.outcome !== "admit") return now.error;
  // a token that lives on without its session acts for nobody
  const session = now.state?.sessions.find(({ id }) => id === asker.claims.sid);
  if (!session) return new MusterError("SESSION_REVOKED");
  return session.jtis.includes(asker.claims.jti) ? otherwise : new MusterError("TOKEN_SUPERSEDED");
}

export type Ending = {
  name: string;
  reason: EndReason;
  /** What the strategy must be able to end, that access tokens end too. */
  takes: Capability;
  /** Which sessions end; `remaining` says the same to the database. */
  ends: (session: SessionElement) => boolean;
  remaining: Expression;
  /** Whether logins that are in flight are overtaken. */
  movesEpoch: boolean;
};

/**
 * Ends sessions of the user who asks, in one write. An update that matched nothing is never a success: then somebody else has ended
 * the session that asks, and the answer says so.
 *
 * @returns how many live sessions were ended
 * @throws MusterError `SESSION_REVOKED`, …: the session that asks is not good any more; `NOT_SUPPORTED_BY_STRATEGY`: they are ended, and
 * their access tokens live on; `STORE_UNREACHABLE`: it may still happen
 */
export async function endSessions(parts: Parts, asker: Admitted, ending: Ending): Promise<number> {
  const set = { lastLogoutAt: parts.roll.now() };
  const count = await carryOut(parts, actingAs(parts, asker), ending, { set, system: asker.state?.system });
  if (count === null) throw await whyNotActing(parts, asker, new MusterError("STORE_UNREACHABLE"));
  return count;
}

/**
 * Ends sessions of one user, in one write; null where the filter matched nothing, which is never a success.
 *
 * @param system what holds for everybody, where that is known
 * @returns how many live sessions were ended
 * @throws MusterError `NOT_SUPPORTED_BY_STRATEGY`: they are ended, and their access tokens live on; `STORE_UNREACHABLE`: it may still happen
 */
export async function carryOut(
  parts: Parts,
  filter: Write["filter"],
  { name, reason, takes, ends, remaining, movesEpoch }: Ending,
  { set = {}, system }: { set?: Record<string, Expression>; system?: SystemState | undefined } = {},
): Promise<number | null> {
  const { write, roll } = parts;
  const everybody = system ?? (await parts.system.known());
  const written = await write({
    name,
    filter,
    set: { ...set, ...(movesEpoch && { epoch: roll.nextEpoch }) },
    sessions: remaining,
    reason,
    revokes: true,
    endsAll: takes === "ALL_SESSIONS",
    answer: "before",
    pick: { fields: liveFields },
  });
  if (!written) return null;
  const until = livingOn(parts, takes);
  if (until) throw notSupported(parts, until);
  return countLive(parts, written.user, everybody, ends);
}

/** How many live sessions a user has, or had, of those that end. @param user with `liveFields` */
export function countLive(
  { rules, clock }: Pick<Parts, "rules" | "clock">,
  user: PickedUser,
  system: SystemState,
  ends: Ending["ends"] = () => true,
): number {
  return liveSessionsOf(user, { rules, system, nowMs: clock.now() }).filter(ends).length;
}

/** The refusal of an ending that the strategy can't carry out for access tokens. */
export const notSupported = ({ strategy }: Pick<Parts, "strategy">, until: Date) =>
  new MusterError("NOT_SUPPORTED_BY_STRATEGY", {
    message: `The strategy ${strategy.name} can't end these access tokens: they live until ${until.toISOString()} at the latest. Their refresh tokens are ended.`,
    accessTokensLiveUntil: until,
  });
