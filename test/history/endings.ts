import type { Operation } from "./operation.js";

/** When a session was surely over, and from when on it may have been. Infinity: never. */
export type Ending = { surelyMs: number; perhapsMs: number; by: Operation | null };

const mayHaveBeenDone = ({ outcome }: Operation) => outcome !== "refused";
const hasAnswer = ({ outcome }: Operation) => outcome === "ok" || outcome === "refused";
/** What had no answer may be done at any later time. */
const lastMomentOf = (operation: Operation) => (hasAnswer(operation) ? operation.endedMs : Number.POSITIVE_INFINITY);

/** Whether this is there to end the session. */
function isMeantFor(session: string, { kind, session: asker, target }: Operation): boolean {
  if (kind === "logout") return asker === session;
  if (kind === "logoutSession") return target === session;
  if (kind === "logoutOthers") return asker !== session;
  return kind === "logoutEverywhere";
}

/**
 * From when on this refresh may count as the reuse of an old token, which ends its session: once the session may have been refreshed
 * twice, with this token and with the one after it. Infinity: never.
 */
export function reuseFromMs(refresh: Operation, ofUser: readonly Operation[]): number {
  const later = ofUser.filter(
    (each) =>
      each.kind === "refresh" &&
      each.session === refresh.session &&
      each.generation! > refresh.generation! &&
      mayHaveBeenDone(each) &&
      each.beganMs < lastMomentOf(refresh),
  );
  return Math.max(refresh.beganMs, Math.min(Number.POSITIVE_INFINITY, ...later.map(({ beganMs }) => beganMs)));
}

/**
 * What the clients may conclude of one session's end. What began after its login had been answered, and was answered itself, ended it
 * surely; what overlapped its login, or had no answer, perhaps.
 */
export function endingOf(session: string, login: Operation, ofUser: readonly Operation[]): Ending {
  const ending: Ending = { surelyMs: Number.POSITIVE_INFINITY, perhapsMs: Number.POSITIVE_INFINITY, by: null };
  const perhaps = (sinceMs: number) => {
    ending.perhapsMs = Math.min(ending.perhapsMs, sinceMs);
  };
  for (const each of ofUser) {
    if (each.kind === "refresh" && each.session === session) perhaps(reuseFromMs(each, ofUser));
    if (!isMeantFor(session, each) || !mayHaveBeenDone(each) || lastMomentOf(each) < login.beganMs) continue;
    perhaps(each.beganMs);
    if (each.outcome !== "ok" || each.beganMs < login.endedMs || each.endedMs >= ending.surelyMs) continue;
    ending.surelyMs = each.endedMs;
    ending.by = each;
  }
  return ending;
}
