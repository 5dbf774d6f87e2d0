import type { SystemState } from "../store/system.js";
import type { UserDocument } from "../store/user.model.js";
import { hasRunOut } from "./has-run-out.js";
import { isEndedSince } from "./is-ended-since.js";
import type { SessionRules } from "./rules.js";

/** What has to be read of a user to tell. */
export const liveFields = [
  "tokensValidAfter",
  "sessions.id",
  "sessions.expiresAt",
  "sessions.lastUsedAt",
  "sessions.sys",
  "sessions.jtis",
] as const;

/** The sessions of a user that are any: they have not run out, and were not ended with everything, or by a date. */
export const liveSessionsOf = (
  user: Pick<UserDocument, "tokensValidAfter"> & { sessions?: UserDocument["sessions"] },
  { rules, system, nowMs }: { rules: SessionRules; system: SystemState; nowMs: number },
) =>
  (user.sessions ?? []).filter((session) => !hasRunOut(session, rules, nowMs) && !isEndedSince(session, user, system));
