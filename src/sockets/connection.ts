import { setTimeout as delay, setImmediate as immediately } from "node:timers/promises";
import type { Admission, Admitted, Authenticate } from "../authenticate.js";
import { MusterError } from "../errors.js";
import type { Shown } from "../revocation/strategy.js";
import { userIdOf } from "../tokens/subject.js";
import { type End, endOf } from "./end.js";

/** What carries a connection: a WebSocket, a connection of socket.io. */
export type Carrier = {
  /** Ends it at once: when this has returned, nothing goes out any more but why. `last` is who it was. */
  cut(end: End, last: Admitted | null): void;
  /** Whether `admit` is asked before each thing that is delivered. Else, where nothing is remembered, each delivery is looked at. */
  asksFirst: boolean;
};

/** A live connection of one session: it lives until the session ends, or the newest token that was shown on it expires. */
export type Connection = {
  readonly userId: string;
  readonly sessionId: string;
  /** Who this is now, with the roles of now; waits while nothing can be known. @throws MusterError when the connection has ended */
  admit(): Admitted | Promise<Admitted>;
  /**
   * Sends something at once, or as soon as it is known that the session lives; never after it has ended. Gives what `send` gave, or
   * undefined where it was not called.
   */
  deliver<T>(send: () => T): T | undefined | Promise<T | undefined>;
  /** Shows a newer token of the same session. A bad one ends the connection, and so does one of another session. */
  renew(token: string): Promise<void>;
  /** The other side has gone. */
  leave(): void;
};

/** The same connection as its instance handles it. */
export type OwnConnection = Connection & {
  /** Looks at the token that it came with, once; false: it has ended. */
  prove(): Promise<boolean>;
  /** Something may have happened to its session: nothing is delivered until a look has said that it lives, one that began after `arm`. */
  doubt(): void;
  /** What is read from now on comes after whatever was doubted because of. */
  arm(): void;
  /** Looks at the session now. Never rejects. */
  check(): Promise<void>;
  end(end: End): void;
  /** Ends it where its token has run out. */
  expire(): void;
  /** Whether a doubt stands that no look has settled. */
  isDoubted(): boolean;
  /** Milliseconds since the last look began. */
  unseenMs(): number;
};

export type ConnectionOptions = {
  /** The token that it comes with. */
  shown: Shown;
  carrier: Carrier;
  authenticate: Pick<Authenticate, "session" | "token" | "read">;
  /** Whether this instance hears of changes, and then whether it has heard of all of them. */
  isLeased: () => boolean;
  isFresh: () => boolean;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Called once; `end` is null where the other side has gone. */
  onEnd: (end: End | null) => void;
  onError: (error: unknown) => void;
  /** How long what is to be delivered is held back while nothing can be known, in milliseconds. */
  patienceMs: number;
};

const pauseMs = 200;

type Look = () => Admission | Promise<Admission>;

export function createConnection({
  shown: first,
  carrier,
  authenticate,
  isLeased,
  isFresh,
  now,
  onEnd,
  onError,
  patienceMs,
}: ConnectionOptions): OwnConnection {
  let shown = first;
  let last: Admitted | null = null;
  let ended: MusterError | null = null;
  /** How many doubts there were, up to which of them a look that begins now can settle, and up to which one has. At first nobody has looked. */
  let doubts = 1;
  let armed = 1;
  let settled = 0;
  let lookedAtMs = performance.now();
  const held: { send: () => unknown; resolve: (sent: unknown) => void }[] = [];
  let isReleasing = false;

  const lookAtSession: Look = () => authenticate.session(shown);

  function finish(end: End | null, error = new MusterError("SESSION_REVOKED")): void {
    if (ended) return;
    ended = error;
    for (const { resolve } of held.splice(0)) resolve(undefined);
    onEnd(end);
    if (!end) return;
    try {
      carrier.cut(end, last);
    } catch (fault) {
      onError(fault);
    }
  }

  const refuse = (error: MusterError) => finish(endOf(error), error);

  function expire(): void {
    if (now() >= shown.claims.exp * 1_000) refuse(new MusterError("TOKEN_EXPIRED"));
  }

  /** One look: null where nothing is known, or where it ended the connection. */
  function take(look: Look): Admitted | null | Promise<Admitted | null> {
    const asked = armed;
    lookedAtMs = performance.now();
    const conclude = (admission: Admission) => {
      if (ended || admission.outcome === "unknown") return null;
      if (admission.outcome === "refuse") {
        refuse(admission.error);
        return null;
      }
      settled = Math.max(settled, asked);
      last = admission;
      return admission;
    };
    const admission = look();
    return admission instanceof Promise ? admission.then(conclude) : conclude(admission);
  }

  /** Looks until it is known who this is; null: it has ended. Never rejects. */
  async function known(look: Look): Promise<Admitted | null> {
    const patience = setTimeout(() => refuse(new MusterError("STORE_UNREACHABLE")), patienceMs);
    while (!ended) {
      const admitted = await looked(look);
      if (admitted) {
        clearTimeout(patience);
        return admitted;
      }
      if (!ended) await delay(pauseMs);
    }
    clearTimeout(patience);
    return null;
  }

  /** One look whose failure, a bug, tells nothing. */
  async function looked(look: Look): Promise<Admitted | null> {
    try {
      return await take(look);
    } catch (error) {
      onError(error);
      return null;
    }
  }

  async function knownOrThrown(): Promise<Admitted> {
    const admitted = await known(lookAtSession);
    if (admitted) return admitted;
    throw ended ?? new MusterError("STORE_UNREACHABLE");
  }

  const isDoubted = () => settled < doubts;
  const isSure = () => !isDoubted() && (isLeased() ? isFresh() : carrier.asksFirst);

  /** Sends what is held, in its order: all of it once that is sure again, else what was held already when the look began. */
  async function release(): Promise<void> {
    if (isReleasing) return;
    isReleasing = true;
    try {
      while (held.length > 0 && !ended) {
        const count = held.length;
        await known(lookAtSession);
        // a doubt that was raised meanwhile needs another look
        if (isDoubted()) {
          await immediately();
          continue;
        }
        for (const { send, resolve } of held.splice(0, isSure() ? held.length : count))
          resolve(ended ? undefined : send());
      }
    } catch (error) {
      onError(error);
      refuse(new MusterError("STORE_UNREACHABLE"));
    } finally {
      isReleasing = false;
    }
  }

  return {
    userId: userIdOf(first.claims.sub),
    sessionId: first.claims.sid,

    admit() {
      expire();
      if (ended) throw ended;
      const admitted = take(lookAtSession);
      return admitted instanceof Promise
        ? admitted.then((found) => found ?? knownOrThrown())
        : (admitted ?? knownOrThrown());
    },

    deliver<T>(send: () => T) {
      expire();
      if (ended) return undefined;
      if (held.length === 0 && isSure()) return send();
      return new Promise<T | undefined>((resolve) => {
        held.push({ send, resolve: resolve as (sent: unknown) => void });
        void release();
      });
    },

    async renew(token) {
      try {
        const claims = await authenticate.read(token);
        const { sub, sid } = shown.claims;
        if (claims.sub !== sub || claims.sid !== sid) throw new MusterError("SESSION_MISMATCH");
        if ((await known(() => authenticate.token(token))) && claims.exp >= shown.claims.exp) shown = { token, claims };
      } catch (error) {
        if (!(error instanceof MusterError)) throw error;
        refuse(error);
      }
    },

    leave: () => finish(null),

    prove: async () => (await known(() => authenticate.token(first.token))) !== null,
    doubt() {
      doubts++;
    },
    arm() {
      armed = doubts;
    },
    async check() {
      if (!ended) await looked(lookAtSession);
    },
    end: (end) => finish(end),
    expire,
    isDoubted,
    unseenMs: () => performance.now() - lookedAtMs,
  };
}
