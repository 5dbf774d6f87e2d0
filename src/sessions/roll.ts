import type { Clock } from "../clock.js";
import type { SystemState } from "../store/system.js";
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
  /** What the system's counter was known to be before the user was read. */
  sys: number;
  /** What the strategy notes beside the token. */
  entry: object | undefined;
};

/** What a rotation puts in place of what was there. */
export type Rotation = {
  jti: string;
  ip: string | null;
  userAgent: string | null;
  /** What the strategy notes beside the token. */
  entry: object | undefined;
  /** A new seed makes every refresh token from before wrong instead of old. */
  refreshSeed?: string;
};

const tokensKept = 8;
const roll: Expression = { $ifNull: ["$sessions", []] };

/** Where a write that makes a token has put the moment that the token is issued at: `pipelineOf`. */
export const issuedAtField = "musterIssuedAt";
const issuedAt: Expression = `$${issuedAtField}`;

const written = (entry: object = {}) =>
  Object.fromEntries(Object.entries(entry).map(([name, value]) => [name, literal(value)]));

/** Text that a client sent stays text, whatever dollars it begins with. */
export const literal = (value: unknown): Expression => ({ $literal: value });

/**
 * The roll as expressions for one pipeline update: every change of `user.sessions[]` is one of these, evaluated by the database on
 * the document as it is at that moment. Nothing is loaded, changed and saved.
 *
 * Dates come from `$$NOW`, the database's clock in the write itself, moved ahead only where a test moved its clock.
 *
 * @param options `expiredKeptMs`: how long a session still names an access token that has expired; 0 by default
 */
export function createRoll(rules: SessionRules, clock: Clock, { expiredKeptMs = 0 } = {}) {
  const now = (): Expression => (clock.aheadMs() === 0 ? "$$NOW" : { $add: ["$$NOW", clock.aheadMs()] });
  const after = (moment: Expression, seconds: number): Expression => ({ $add: [moment, seconds * 1_000] });
  const earliest = (...moments: Expression[]): Expression => ({ $min: moments });

  const filtered = (cond: Expression): Expression => ({ $filter: { input: roll, as: "s", cond } });
  const newestIssuedAt: Expression = { $last: "$$s.jtis.issuedAt" };

  /** What must hold for one of these that has not been ended for everybody, or by a date: the opposite of `isEndedSince`. */
  const notEndedBy = ({ counter, tokensValidAfterMs }: SystemState): Expression[] => [
    { $gte: [{ $ifNull: ["$$s.sys", 0] }, counter] },
    { $gte: [newestIssuedAt, { $max: [new Date(tokensValidAfterMs), "$tokensValidAfter"] }] },
  ];

  /** Sessions that have neither run out nor been idle for too long, nor been ended for everybody where that is given. */
  const live = (system?: SystemState): Expression =>
    filtered({
      $and: [
        { $gt: ["$$s.expiresAt", now()] },
        { $gt: ["$$s.lastUsedAt", { $subtract: [now(), rules.sessionIdleSeconds * 1_000] }] },
        ...(system ? notEndedBy(system) : []),
      ],
    });

  const isFull = (sessions: Expression): Expression => ({ $gte: [{ $size: sessions }, rules.maxSessions] });

  const mostRecentlyUsed = (sessions: Expression, count: number): Expression =>
    count === 0
      ? []
      : { $slice: [{ $sortArray: { input: sessions, sortBy: { lastUsedAt: -1, createdAt: -1 } } }, count] };

  const created = (session: NewSession): Expression => {
    const expiresAt = after(now(), Math.min(rules.refreshTokenSeconds, rules.sessionAbsoluteSeconds));
    const token = {
      jti: literal(session.jti),
      issuedAt,
      expiresAt: earliest(after(issuedAt, rules.accessTokenSeconds), expiresAt),
      ...written(session.entry),
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
      sys: session.sys,
      ip: literal(session.ip),
      userAgent: literal(session.userAgent),
      deviceName: literal(session.deviceName),
    };
  };

  const rotated = ({ jti, ip, userAgent, entry, refreshSeed }: Rotation): Expression => {
    const expiresAt = earliest(
      after(now(), rules.refreshTokenSeconds),
      after("$$s.createdAt", rules.sessionAbsoluteSeconds),
    );
    const token = {
      jti: literal(jti),
      issuedAt,
      expiresAt: earliest(after(issuedAt, rules.accessTokenSeconds), expiresAt),
      ...written(entry),
    };
    const named = { $gt: ["$$t.expiresAt", expiredKeptMs === 0 ? now() : { $subtract: [now(), expiredKeptMs] }] };
    const unexpired = { $filter: { input: "$$s.jtis", as: "t", cond: named } };
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
    live,

    /** The roll as it is. */
    current: roll,

    /** When the last access token of a session that ends now has expired. */
    until: (): Expression => after({ $max: [now(), "$lastIssuedAt"] }, rules.accessTokenSeconds),

    /** When a token is issued that this write makes: now, but not before the last one, nor before what is refused, also where the clock has gone back. */
    nextIssuedAt: ({ tokensValidAfterMs }: Pick<SystemState, "tokensValidAfterMs">): Expression => ({
      $max: [now(), "$lastIssuedAt", "$tokensValidAfter", new Date(tokensValidAfterMs)],
    }),

    /** From when on tokens are good, where all that were issued so far shall die. */
    nextValidAfter: (): Expression => ({ $max: [now(), { $add: ["$lastIssuedAt", 1] }, "$tokensValidAfter"] }),

    /** The user's `epoch`, moved on: whoever read it before has been overtaken. */
    nextEpoch: { $add: [{ $ifNull: ["$epoch", 0] }, 1] },

    /** A user's first roll. */
    first: (session: NewSession): Expression => [created(session)],

    /** The roll with this session added, what has run out or was ended for everybody dropped, and the cap kept. At the cap of `refuse`: without it. */
    withAdded(session: NewSession, system: SystemState): Expression {
      if (rules.newLoginEnds === "others") return [created(session)];
      const whenFull =
        rules.atSessionCap === "refuse"
          ? "$$live"
          : { $concatArrays: [mostRecentlyUsed("$$live", rules.maxSessions - 1), [created(session)]] };
      return {
        $let: {
          vars: { live: live(system) },
          in: { $cond: [isFull("$$live"), whenFull, { $concatArrays: ["$$live", [created(session)]] }] },
        },
      };
    },

    /** The time of the login that `withAdded` adds; where the cap refuses it, the time of the last one. */
    lastLogin(system: SystemState): Expression {
      const refuses = rules.atSessionCap === "refuse" && rules.newLoginEnds === "none";
      return refuses ? { $cond: [isFull(live(system)), "$lastLoginAt", now()] } : now();
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
        input: filtered({ $eq: ["$$s.id", literal(id)] }),
        as: "s",
        in: rotated(renewal),
      },
    }),

    /** The roll without one session. */
    without: (id: string): Expression => filtered({ $ne: ["$$s.id", literal(id)] }),

    /** The roll without all sessions but one. */
    withoutOthers: (id: string): Expression => filtered({ $eq: ["$$s.id", literal(id)] }),

    empty: (): Expression => [],

    /** From when on tokens are good, where those issued before a date shall die; a date to come means all that were issued so far. */
    validAfter: (issuedBefore: Date): Expression => ({
      $max: [
        "$tokensValidAfter",
        { $min: [issuedBefore, { $max: [now(), { $add: ["$lastIssuedAt", 1] }, "$tokensValidAfter"] }] },
      ],
    }),

    /** The roll without what was issued before the user's `tokensValidAfter`: sessions whose newest token was, and the old ones of the others. */
    stillValid: (): Expression => ({
      $map: {
        input: filtered({ $gte: [newestIssuedAt, "$tokensValidAfter"] }),
        as: "s",
        in: {
          $mergeObjects: [
            "$$s",
            {
              jtis: { $filter: { input: "$$s.jtis", as: "t", cond: { $gte: ["$$t.issuedAt", "$tokensValidAfter"] } } },
            },
          ],
        },
      },
    }),

    /** The live sessions that end where those do whose newest token was issued before a date; without one all of them. */
    liveBefore: (issuedBefore: Date | null, system: SystemState): Expression =>
      issuedBefore === null
        ? live(system)
        : { $filter: { input: live(system), as: "s", cond: { $lt: [newestIssuedAt, issuedBefore] } } },
  };
}

export type Roll = ReturnType<typeof createRoll>;
