import type { Operation } from "./operation.js";

/** When a session was surely over, and from when on it may have been. Infinity: never. */
export type Ending = { surelyMs: number; perhapsMs: number; by: Operation | null };

/** Everything that one user's clients did, and what may be concluded of when it was done. */
export type UserHistory = {
  operations: readonly Operation[];
  /** The logins that were answered, by the session that was given. */
  logins: ReadonlyMap<string, Operation>;
  /** When an operation was done at the latest. */
  lastMomentOf(operation: Operation): number;
};

const mayHaveBeenDone = ({ outcome }: Operation) => outcome !== "refused";
const hasAnswer = ({ outcome }: Operation) => outcome === "ok" || outcome === "refused";
const isEnding = ({ kind }: Operation) => kind !== "login" && kind !== "refresh" && kind !== "request";
/** Refusals of a token that say nothing of its session. */
const ofToken = ["TOKEN_SUPERSEDED", "TOKEN_EXPIRED", "TOKEN_INVALID"];

/** Whether this is there to end the session. */
function isMeantFor(session: string, { kind, session: asker, target }: Operation): boolean {
  if (kind === "logout") return asker === session;
  if (kind === "logoutSession") return target === session;
  if (kind === "logoutOthers") return asker !== session;
  return kind === "logoutEverywhere";
}

/** What ended a session surely: it began after the login had been answered, and was answered itself. */
function sureEndOf(session: string, login: Operation, operations: readonly Operation[]): Operation | null {
  const ends = operations.filter(
    (each) => each.outcome === "ok" && each.beganMs >= login.endedMs && isMeantFor(session, each),
  );
  return ends.reduce<Operation | null>((first, each) => (first && first.endedMs <= each.endedMs ? first : each), null);
}

/**
 * What had no answer may be done at any later time. But an ending is done only while the session that asks stands on the roll: once that
 * one was surely over, or was refused as over, it is not done any more.
 */
export function readUser(operations: readonly Operation[]): UserHistory {
  const logins = new Map<string, Operation>();
  for (const each of operations) if (each.kind === "login" && each.made !== undefined) logins.set(each.made, each);
  const overMs = new Map<string, number>();
  const isOver = (session: string, ms: number) =>
    overMs.set(session, Math.min(overMs.get(session) ?? Number.POSITIVE_INFINITY, ms));
  for (const [session, login] of logins) {
    const end = sureEndOf(session, login, operations);
    if (end) isOver(session, end.endedMs);
  }
  for (const { session, outcome, reason, endedMs } of operations)
    if (session !== undefined && outcome === "refused" && !ofToken.includes(reason ?? "")) isOver(session, endedMs);
  return {
    operations,
    logins,
    lastMomentOf(operation) {
      if (hasAnswer(operation)) return operation.endedMs;
      const over = isEnding(operation) ? overMs.get(operation.session!) : undefined;
      return over ?? Number.POSITIVE_INFINITY;
    },
  };
}

/**
 * From when on this refresh may count as the reuse of an old token, which ends its session: once the session may have been refreshed
 * twice, with this token and with the one after it. Infinity: never.
 */
export function reuseFromMs(refresh: Operation, { operations, lastMomentOf }: UserHistory): number {
  const later = operations.filter(
    (each) =>
      each.kind === "refresh" &&
      each.session === refresh.session &&
      each.generation! > refresh.generation! &&
      mayHaveBeenDone(each) &&
      each.beganMs < lastMomentOf(refresh),
  );
  return Math.max(refresh.beganMs, Math.min(Number.POSITIVE_INFINITY, ...later.map(({ beganMs }) => beganMs)));
}

/** What the clients may conclude of one session's end. What overlapped its login, or had no answer, ended it perhaps. */
export function endingOf(session: string, user: UserHistory): Ending {
  const login = user.logins.get(session)!;
  const since = user.operations.flatMap((each) => {
    if (each.kind === "refresh" && each.session === session) return [reuseFromMs(each, user)];
    const isMeant = isEnding(each) && isMeantFor(session, each) && mayHaveBeenDone(each);
    return isMeant && user.lastMomentOf(each) >= login.beganMs ? [each.beganMs] : [];
  });
  const by = sureEndOf(session, login, user.operations);
  return {
    by,
    surelyMs: by?.endedMs ?? Number.POSITIVE_INFINITY,
    perhapsMs: Math.min(Number.POSITIVE_INFINITY, ...since),
  };
}

/** Whether this may have overtaken a login that was on its way. */
export function mayOvertake(each: Operation, login: Operation, { lastMomentOf }: UserHistory): boolean {
  if ((each.kind !== "logoutEverywhere" && each.kind !== "logoutOthers") || !mayHaveBeenDone(each)) return false;
  return each.beganMs < login.endedMs && lastMomentOf(each) > login.beganMs;
}
