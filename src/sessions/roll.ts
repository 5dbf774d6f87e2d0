import type { Clock } from "../clock.js";
import type { EndReason } from "./end-reasons.js";
import type { SessionRules } from "./rules.js";

/** An expression of MongoDB's aggregation language. */
export type Expression = unknown;

/** What a new session is made of besides its dates, which the database's clock gives. */
export type NewSession = {
  id: string;
  jti: string;
  refreshSeed: string;
  ip: string | null;
  userAgent: string | null;
  deviceName: string | null;
};

/** What a rotation puts in place of what was there. */
export type Rotation = {
  jti: string;
  ip: string | null;
  userAgent: string | null;
  /** A new seed makes every refresh token from before wrong instead of old. */
  refreshSeed?: string;
};

/** A change of a user: the fields, the roll as it shall be, and the marks that instances know it by. */
export type RollChange = {
  set: Record<string, Expression>;
  sessions?: Expression;
  reason?: EndReason | undefined;
  revokes: boolean;
  rev: string;
  grew: string;
};

const tokensKept = 8;
/** More than this at once are told as one entry: look at the roll. */
const endedKept = 200;
const roll: Expression = { $ifNull: ["$sessions", []] };

/** Text that a client sent stays text, whatever dollars it begins with. */
export const literal = (value: unknown): Expression => ({ $literal: value });

/**
 * The roll as expressions for one pipeline update: every change of `user.sessions[]` is one of these, evaluated by the database on
 * the document as it is at that moment. Nothing is loaded, changed and saved.
 *
 * Dates come from `$$NOW`, the database's clock in the write itself, moved ahead only where a test moved its clock.
 */
export function createRoll(rules: SessionRules, clock: Clock) {
  const now = (): Expression => (clock.aheadMs() === 0 ? "$$NOW" : { $add: ["$$NOW", clock.aheadMs()] });
  const after = (moment: Expression, seconds: number): Expression => ({ $add: [moment, seconds * 1_000] });
  const earliest = (...moments: Expression[]): Expression => ({ $min: moments });

  /** Sessions that have neither run out nor been idle for too long. */
  const live = (): Expression => ({
    $filter: {
      input: roll,
      as: "s",
      cond: {
        $and: [
          { $gt: ["$$s.expiresAt", now()] },
          { $gt: ["$$s.lastUsedAt", { $subtract: [now(), rules.sessionIdleSeconds * 1_000] }] },
        ],
      },
    },
  });

  const mostRecentlyUsed = (sessions: Expression, count: number): Expression =>
    count === 0
      ? []
      : { $slice: [{ $sortArray: { input: sessions, sortBy: { lastUsedAt: -1, createdAt: -1 } } }, count] };

  const created = (session: NewSession): Expression => {
    const expiresAt = after(now(), Math.min(rules.refreshTokenSeconds, rules.sessionAbsoluteSeconds));
    const token = {
      jti: literal(session.jti),
      issuedAt: now(),
      expiresAt: earliest(after(now(), rules.accessTokenSeconds), expiresAt),
    };
    return {
      id: literal(session.id),
      jtis: [token],
      generation: 0,
      refreshSeed: literal(session.refreshSeed),
      rotatedAt: "$$NOW",
      createdAt: now(),
      lastUsedAt: now(),
      expiresAt,
      authTime: now(),
      ip: literal(session.ip),
      userAgent: literal(session.userAgent),
      deviceName: literal(session.deviceName),
    };
  };

  const rotated = ({ jti, ip, userAgent, refreshSeed }: Rotation): Expression => {
    const expiresAt = earliest(
      after(now(), rules.refreshTokenSeconds),
      after("$$s.createdAt", rules.sessionAbsoluteSeconds),
    );
    const token = {
      jti: literal(jti),
      issuedAt: now(),
      expiresAt: earliest(after(now(), rules.accessTokenSeconds), expiresAt),
    };
    const unexpired = { $filter: { input: "$$s.jtis", as: "t", cond: { $gt: ["$$t.expiresAt", now()] } } };
    const renewed = refreshSeed !== undefined;
    return {
      $mergeObjects: [
        "$$s",
        {
          jtis: renewed ? [token] : { $slice: [{ $concatArrays: [unexpired, [token]] }, -tokensKept] },
          generation: { $add: ["$$s.generation", 1] },
          rotatedAt: "$$NOW",
          lastUsedAt: now(),
          expiresAt,
          ip: literal(ip),
          userAgent: literal(userAgent),
        },
        renewed ? { refreshSeed: literal(refreshSeed), authTime: now() } : {},
      ],
    };
  };

  return {
    now,

    /** The user's `epoch`, moved on: whoever read it before has been overtaken. */
    nextEpoch: { $add: [{ $ifNull: ["$epoch", 0] }, 1] },

    /** A user's first roll. */
    first: (session: NewSession): Expression => [created(session)],

    /** The roll with this session added, what has run out dropped, and the cap kept. At the cap of `refuse`: without it. */
    withAdded(session: NewSession): Expression {
      if (rules.newLoginEnds === "others") return [created(session)];
      const full = { $gte: [{ $size: "$$live" }, rules.maxSessions] };
      const whenFull =
        rules.atSessionCap === "refuse"
          ? "$$live"
          : { $concatArrays: [mostRecentlyUsed("$$live", rules.maxSessions - 1), [created(session)]] };
      return {
        $let: {
          vars: { live: live() },
          in: { $cond: [full, whenFull, { $concatArrays: ["$$live", [created(session)]] }] },
        },
      };
    },

    /** The roll with one session moved on to its next refresh token, its other access tokens left as they are. */
    withRotated: (id: string, rotation: Omit<Rotation, "refreshSeed">): Expression => ({
      $map: {
        input: roll,
        as: "s",
        in: { $cond: [{ $eq: ["$$s.id", literal(id)] }, rotated(rotation), "$$s"] },
      },
    }),

    /** One session alone, proved anew: its id stays, every token of it from before is dead. */
    onlyRenewed: (id: string, renewal: Required<Rotation>): Expression => ({
      $map: {
        input: { $filter: { input: roll, as: "s", cond: { $eq: ["$$s.id", literal(id)] } } },
        as: "s",
        in: rotated(renewal),
      },
    }),

    /** The roll without one session. */
    without: (id: string): Expression => ({
      $filter: { input: roll, as: "s", cond: { $ne: ["$$s.id", literal(id)] } },
    }),

    /** The roll without all sessions but one. */
    withoutOthers: (id: string): Expression => ({
      $filter: { input: roll, as: "s", cond: { $eq: ["$$s.id", literal(id)] } },
    }),

    empty: (): Expression => [],

    /**
     * The pipeline of one change. What ends by it is found out inside the write, by what was on the roll and is no more: it is noted
     * with its reason, and then, or where the change takes away anything else, it carries a new `rev`. A change that only adds carries a
     * new `grew`.
     */
    change({
      set,
      sessions = roll,
      reason = "SESSION_ENDED",
      revokes,
      rev,
      grew,
    }: RollChange): Record<string, unknown>[] {
      const ends = { $gt: [{ $size: "$musterEnds" }, 0] };
      const until = after(now(), rules.accessTokenSeconds);
      const entry = (id: Expression) => ({ id, at: now(), until, reason });
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
        { $set: { musterLive: { $map: { input: live(), as: "s", in: "$$s.id" } } } },
        { $set: { ...set, sessions } },
        { $set: { musterEnds: { $setDifference: ["$musterLive", "$sessions.id"] } } },
        {
          $set: {
            ended: { $cond: [ends, ended, { $ifNull: ["$ended", []] }] },
            rev: revokes ? literal(rev) : { $cond: [ends, literal(rev), "$rev"] },
            grew: revokes ? "$grew" : { $cond: [ends, "$grew", literal(grew)] },
          },
        },
        { $unset: ["musterLive", "musterEnds"] },
      ];
    },
  };
}

export type Roll = ReturnType<typeof createRoll>;
