import { clocksApartMs } from "../clock.js";
import { firstSystemState, type SystemState } from "../store/system.js";
import type { EndReason } from "./end-reasons.js";
import { type Expression, issuedAtField, literal, type Roll } from "./roll.js";

/** A change of a user: fields, the roll as it shall be, and the marks that instances know it by. */
export type Change = {
  set: Record<string, Expression>;
  /** Whether `sessions` makes a token. */
  issues: boolean;
  /** Left as it is when left out. */
  sessions?: Expression | undefined;
  /** Why those sessions end that are on the roll no more. */
  reason?: EndReason | undefined;
  /** Whether it takes something away even where no session ends. */
  revokes: boolean;
  /**
   * Whether tokens that the roll loses before they have expired by every clock are noted in `endedTokens`; a change that notes one takes
   * something away.
   */
  keepsEndedTokens?: boolean | undefined;
  rev: string;
  grew: string;
  /** What holds for everybody: no token is issued before its date, and sessions that it has ended do not end by this change. */
  system?: SystemState | undefined;
};

/** More than this at once are told as one entry: look at the roll. */
const endedKept = 200;

/**
 * The pipeline of one change: first the fields, then the moment that a new token is issued at, which comes after what they end, then the
 * roll. What ends by it is found out inside the write, by what was on the roll and is no more: it is noted with
 * its reason, and then, or where the change takes away anything else, it carries a new `rev`. A change that only adds carries a new
 * `grew`.
 */
export function pipelineOf(
  { set, issues, sessions, reason = "SESSION_ENDED", revokes, keepsEndedTokens = false, rev, grew, system }: Change,
  { now, live, until, current, nextIssuedAt }: Pick<Roll, "now" | "live" | "until" | "current" | "nextIssuedAt">,
): Record<string, unknown>[] {
  const ends = isNotEmpty("$musterEnds");
  const takes = keepsEndedTokens ? { $or: [ends, isNotEmpty("$musterEndedTokens")] } : ends;
  // looked up in the whole roll, also in what has run out or was not used for too long; an instance whose clock is behind takes a token longer
  const unexpired = { $gt: ["$$t.expiresAt", { $subtract: [now(), clocksApartMs] }] };
  const tokensBefore = { $filter: { input: tokensOf(current), as: "t", cond: unexpired } };
  const gone = { $not: [{ $in: ["$$t.jti", "$musterTokensAfter"] }] };
  const ofGone = { jti: "$$t.jti", until: "$$t.expiresAt" };
  const entry = (id: Expression) => ({ id, at: now(), until: until(), reason });
  const entries = {
    $concatArrays: [
      { $filter: { input: { $ifNull: ["$ended", []] }, as: "e", cond: { $gt: ["$$e.until", now()] } } },
      { $map: { input: "$musterEnds", as: "id", in: entry("$$id") } },
    ],
  };
  const ended = {
    $let: {
      vars: { entries },
      in: { $cond: [{ $gt: [{ $size: "$$entries" }, endedKept] }, [entry("all")], "$$entries"] },
    },
  };
  return [
    {
      $set: {
        musterLive: { $map: { input: live(system), as: "s", in: "$$s.id" } },
        ...(keepsEndedTokens && { musterTokens: tokensBefore }),
      },
    },
    ...(Object.keys(set).length > 0 ? [{ $set: set }] : []),
    ...(issues ? [{ $set: { [issuedAtField]: nextIssuedAt(system ?? firstSystemState) } }] : []),
    { $set: { sessions: sessions ?? current, ...(issues && { lastIssuedAt: `$${issuedAtField}` }) } },
    {
      $set: {
        musterEnds: { $setDifference: ["$musterLive", "$sessions.id"] },
        ...(keepsEndedTokens && { musterTokensAfter: { $map: { input: tokensOf(current), as: "t", in: "$$t.jti" } } }),
      },
    },
    ...(keepsEndedTokens
      ? [
          {
            $set: {
              musterEndedTokens: {
                $map: {
                  input: { $filter: { input: "$musterTokens", as: "t", cond: gone } },
                  as: "t",
                  in: ofGone,
                },
              },
            },
          },
          { $set: { endedTokens: { $cond: [isNotEmpty("$musterEndedTokens"), endedTokens(now()), "$endedTokens"] } } },
        ]
      : []),
    {
      $set: {
        ended: { $cond: [ends, ended, { $ifNull: ["$ended", []] }] },
        rev: revokes ? literal(rev) : { $cond: [takes, literal(rev), "$rev"] },
        grew: revokes ? "$grew" : { $cond: [takes, "$grew", literal(grew)] },
      },
    },
    { $unset: ["musterLive", "musterEnds", "musterTokens", "musterTokensAfter", "musterEndedTokens", issuedAtField] },
  ];
}

const isNotEmpty = (list: Expression): Expression => ({ $gt: [{ $size: list }, 0] });

/** All tokens of a roll in one list. */
const tokensOf = (roll: Expression): Expression => ({
  $reduce: {
    input: roll,
    initialValue: [],
    in: { $concatArrays: ["$$value", { $ifNull: ["$$this.jtis", []] }] },
  },
});

/** With those that end now; without those that have expired by every clock. None that is needed is ever left out. */
const endedTokens = (now: Expression): Expression => ({
  $concatArrays: [
    {
      $filter: {
        input: { $ifNull: ["$endedTokens", []] },
        as: "t",
        cond: { $gt: ["$$t.until", { $subtract: [now, clocksApartMs] }] },
      },
    },
    "$musterEndedTokens",
  ],
});
