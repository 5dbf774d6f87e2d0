import { type Ending, endingOf, mayOvertake, readUser, reuseFromMs, type UserHistory } from "./endings.js";
import type { History, Operation } from "./operation.js";

export type FaultKind =
  | "wrong admit"
  | "wrong refusal"
  | "lost session"
  | "doubled session"
  | "revived session"
  | "wrong user"
  | "wrong answer";

/** Something that no right server could have done, in a sentence. */
export type Fault = { kind: FaultKind; says: string };

/** A session carries so many access tokens; the oldest is pushed out. */
const tokensOfSession = 8;

/**
 * Reads what clients saw and names what is wrong in it:
 *
 * - something was admitted that began after its session's end had been answered;
 * - a good token, refresh token or password was refused;
 * - a session that was given to a client and not ended is not on the roll, or one is there twice, or more than were asked for, or one
 *   whose end had been answered.
 *
 * 503 is no fault. What had no answer may have been done or not, and may be done later: it excuses whatever it could explain.
 */
export function checkHistory({ operations, rolls }: History): Fault[] {
  const faults: Fault[] = [];
  const byUser = new Map<string, Operation[]>();
  for (const operation of operations) {
    const ofUser = byUser.get(operation.user);
    if (ofUser) ofUser.push(operation);
    else byUser.set(operation.user, [operation]);
  }
  for (const [name, ofUser] of byUser) {
    const user = readUser(ofUser);
    const endings = new Map([...user.logins.keys()].map((id) => [id, endingOf(id, user)]));
    for (const operation of ofUser) faults.push(...judge(operation, endings, user));
    faults.push(...compare(name, rolls.get(name) ?? [], endings, ofUser));
  }
  return faults;
}

function judge(operation: Operation, endings: ReadonlyMap<string, Ending>, user: UserHistory): Fault[] {
  const { kind, outcome, reason, session, made, answeredAs, beganMs, endedMs } = operation;
  const say = (fault: FaultKind, why: string): Fault[] => [{ kind: fault, says: `${titleOf(operation)}: ${why}` }];
  if (outcome === "wrong") return say("wrong answer", `it was answered ${reason}`);
  if (answeredAs !== undefined && answeredAs !== operation.user)
    return say("wrong user", `it was taken for ${answeredAs}`);
  if (kind === "login") {
    if (made !== undefined && user.logins.get(made) !== operation)
      return say("doubled session", `${made} was given to two logins`);
    const isExcused =
      reason === "LOGIN_OVERTAKEN" && user.operations.some((each) => mayOvertake(each, operation, user));
    if (outcome !== "refused" || isExcused) return [];
    return say("wrong refusal", `the right password was refused with ${reason}`);
  }
  if (made !== undefined && made !== session) return say("doubled session", `it was given the tokens of ${made}`);
  const ending = endings.get(session!);
  if (!ending) return say("wrong answer", "nobody was given its session");
  if (outcome === "ok" && ending.surelyMs < beganMs)
    return say("wrong admit", `${ending.by!.kind} had ended it ${(beganMs - ending.surelyMs).toFixed(1)} ms before`);
  if (outcome !== "refused" || ending.perhapsMs < endedMs) return [];
  if (reason === "REFRESH_REUSED" && reuseFromMs(operation, user) < endedMs) return [];
  if (reason === "TOKEN_SUPERSEDED" && isSuperseded(operation, user.operations)) return [];
  return say("wrong refusal", `it was good and was refused with ${reason}`);
}

function isSuperseded({ session, generation, endedMs }: Operation, ofUser: readonly Operation[]): boolean {
  const newer = ofUser.filter(
    (each) =>
      each.kind === "refresh" &&
      each.session === session &&
      each.generation! >= generation! &&
      each.outcome !== "refused" &&
      each.beganMs < endedMs,
  );
  return newer.length >= tokensOfSession;
}

/** Holds the roll, as it is when all is over, against what clients were told. */
function compare(
  user: string,
  roll: readonly string[],
  endings: ReadonlyMap<string, Ending>,
  ofUser: readonly Operation[],
): Fault[] {
  const faults: Fault[] = [];
  const say = (kind: FaultKind, says: string) => faults.push({ kind, says: `${user}: ${says}` });
  const ids = new Set(roll);
  for (const id of ids)
    if (roll.indexOf(id) !== roll.lastIndexOf(id)) say("doubled session", `${id} stands twice on the roll`);
  for (const [id, { perhapsMs, surelyMs, by }] of endings) {
    if (ids.has(id) && surelyMs !== Number.POSITIVE_INFINITY)
      say("revived session", `${id}, which ${by!.kind} had ended, stands on the roll`);
    if (!ids.has(id) && perhapsMs === Number.POSITIVE_INFINITY)
      say("lost session", `${id} is not on the roll, and nothing had ended it`);
  }
  const strangers = [...ids].filter((id) => !endings.has(id));
  const unanswered = ofUser.filter(
    ({ kind, outcome }) => kind === "login" && (outcome === "unavailable" || outcome === "unknown"),
  );
  if (strangers.length > unanswered.length)
    say("doubled session", `nobody was given ${strangers.join(", ")}, and ${unanswered.length} logins had no answer`);
  return faults;
}

function titleOf({ kind, user, session, client, instance, beganMs, endedMs }: Operation): string {
  const what = `${kind} of ${user}${session === undefined ? "" : `, session ${session}`}`;
  return `${what}, by ${client} at ${instance}, ${beganMs.toFixed(1)} to ${endedMs.toFixed(1)} ms`;
}
