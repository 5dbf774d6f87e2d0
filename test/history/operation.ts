/** What a client asked for. A sign-up is a user's first login. */
export type Kind = "login" | "refresh" | "request" | "logout" | "logoutSession" | "logoutOthers" | "logoutEverywhere";

/**
 * How it ended for the client. `refused`: 401, and nothing was done. `unavailable`: 503; `unknown`: no answer. Both may have been done, or
 * may be done later. `wrong`: an answer that nobody should get.
 */
export type Outcome = "ok" | "refused" | "unavailable" | "unknown" | "wrong";

/** One thing that one client did, as it saw it. Times in milliseconds of one monotonic clock for all clients. */
export type Operation = {
  kind: Kind;
  client: string;
  /** Who was asked. */
  instance: string;
  /** Whose it is: the e-mail address. */
  user: string;
  beganMs: number;
  endedMs: number;
  outcome: Outcome;
  /** The reason of a refusal; status, code and reason of a wrong answer; why there was none. */
  reason?: string | undefined;
  /** The session that asks, and how often it had been refreshed as its client knew; a login has none. */
  session?: string | undefined;
  generation?: number | undefined;
  /** The session that a `logoutSession` names. */
  target?: string | undefined;
  /** The session that a login was given; with a refresh it is the one that asks. */
  made?: string | undefined;
  /** Who the server said that this is. */
  answeredAs?: string | undefined;
};

/** Everything that all clients saw, and which sessions each user had when all was over. */
export type History = {
  operations: readonly Operation[];
  /** By user; a session that stands twice on the roll is there twice. */
  rolls: ReadonlyMap<string, readonly string[]>;
};
