import type { Attempts } from "./accounts/attempts.js";
import type { Leases } from "./auth-state/leases.js";
import type { System } from "./auth-state/system.js";
import type { Authenticate } from "./authenticate.js";
import type { Clock } from "./clock.js";
import type { Hasher } from "./passwords/hash.js";
import type { Strategy } from "./revocation/strategy.js";
import type { EndForEverybody } from "./sessions/end-for-everybody.js";
import type { SessionNews } from "./sessions/news.js";
import type { RemoveUser } from "./sessions/remove.js";
import type { Roll } from "./sessions/roll.js";
import type { SessionRules } from "./sessions/rules.js";
import type { Touch } from "./sessions/touch.js";
import type { WriteUser } from "./sessions/write.js";
import type { Connections } from "./sockets/connections.js";
import type { SocketLimits } from "./sockets/limits.js";
import type { Admins } from "./store/admins.js";
import type { RetiredSubjects } from "./store/retired-subjects.js";
import type { StrategyNote } from "./store/strategy-note.js";
import type { UserStore } from "./store/users.js";
import type { Keys } from "./tokens/keys.js";

/** Accepts a password against a hash that is not ours (bcrypt, scrypt, …). */
export type VerifyPassword = (hash: string, password: string) => boolean | Promise<boolean>;

/** What an application adds to a new user's document: its own fields, an `_id` of its own. */
export type NewUserFields = (user: { email: string }) => Record<string, unknown> | Promise<Record<string, unknown>>;

/** What one deployment is made of. The use-cases take it as their first argument; only `muster.ts` puts it together. */
export type Parts = {
  users: UserStore;
  /** The one way in which a user is changed. */
  write: WriteUser;
  /** The one way in which a user is deleted. */
  remove: RemoveUser;
  /** The one way in which what holds for everybody is changed. */
  endForEverybody: EndForEverybody;
  /** Sees to it that one admin is left. */
  admins: Admins;
  retiredSubjects: RetiredSubjects;
  /** Whether several documents can be changed as one: a replica set. @throws MusterError `STORE_UNREACHABLE` */
  hasTransactions: () => Promise<boolean>;
  roll: Roll;
  rules: SessionRules;
  /** What this instance knows of users without asking, and how it makes others forget. */
  leases: Leases;
  touch: Touch;
  keys: Keys;
  strategy: Strategy;
  /** How tokens are judged here, and what the instances of this database have noted of that. */
  strategyNote: StrategyNote;
  /** Whether browsers keep the access token in a cookie. */
  accessCookies: boolean;
  /** What holds for everybody. */
  system: System;
  /** Keys the `mac` of refresh tokens. */
  refreshKey: Buffer;
  issuer: string;
  audience: string;
  hasher: Hasher;
  passwordMinLength: number;
  verifyPassword?: VerifyPassword | undefined;
  newUserFields?: NewUserFields | undefined;
  attempts: Attempts;
  authenticate: Authenticate;
  /** The live connections of this instance. */
  connections: Connections;
  socketLimits: SocketLimits;
  /** What happens to users' sessions, told to whom listens. */
  news: SessionNews;
  clock: Clock;
};

/** Where a request comes from, as far as it is known. */
export type Client = { ip: string | null; userAgent: string | null };
