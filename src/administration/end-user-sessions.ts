import { carryOut, type Ending } from "../accounts/end-sessions.js";
import type { Parts } from "../parts.js";
import type { Expression } from "../sessions/roll.js";
import { parseIssuedBefore } from "./issued-before.js";
import { parseUserId, present } from "./named-user.js";

/**
 * Ends all sessions of a user; with a date those whose newest token was issued before it, and of the others the older access tokens. Says how
 * many sessions. Logins of the user that are in flight are overtaken.
 *
 * @throws MusterError `NO_SUCH_USER`, `DATE_IN_FUTURE`, and as `carryOut`
 */
export async function endUserSessions(
  parts: Parts,
  { userId, issuedBefore }: { userId: string; issuedBefore?: Date | null | undefined },
): Promise<number> {
  const date = parseIssuedBefore(parts, issuedBefore);
  const _id = parseUserId(parts, userId);
  const { set, ...ending } = date ? byTime(parts, date) : all(parts);
  const count = await carryOut(parts, { _id }, ending, { set });
  return present(count);
}

type Settled = Ending & { set: Record<string, Expression> };

const common = { name: "end-user-sessions", reason: "ENDED_BY_ADMIN", movesEpoch: true } as const;

const all = ({ roll }: Parts): Settled => ({
  ...common,
  set: {},
  takes: "ALL_SESSIONS",
  ends: () => true,
  remaining: roll.empty(),
});

const byTime = ({ roll }: Parts, date: Date): Settled => ({
  ...common,
  set: { tokensValidAfter: roll.validAfter(date) },
  takes: "BY_TIME",
  ends: ({ jtis }) => (jtis.at(-1)?.issuedAt ?? new Date(0)) < date,
  remaining: roll.stillValid(),
});
