import { setTimeout as delay } from "node:timers/promises";
import type { Authenticate } from "../authenticate.js";
import type { Clock } from "../clock.js";
import { MusterError } from "../errors.js";
import type { Feed, FeedListener } from "../feed/feed.js";
import type { Shown } from "../revocation/strategy.js";
import { userIdOf } from "../tokens/subject.js";
import { type Carrier, type Connection, createConnection, type OwnConnection } from "./connection.js";
import { endOf, endOfSession, goingAway } from "./end.js";
import type { SocketLimits } from "./limits.js";

/** The live connections of this instance. */
export type Connections = {
  /**
   * Takes in a connection that shows this token. It is registered first and looked at then, so that whatever ends its session
   * meanwhile finds it. Null where it was refused: `carrier.cut` has been told why.
   */
  open(token: string, carrier: Carrier): Promise<Connection | null>;
  /** Looks at a user's connections, and resolves when those that must end have ended, or can deliver nothing. */
  recheck(userId: string): Promise<void>;
  /** Nothing is delivered any more on a connection until it was looked at. */
  recheckAll(): void;
  stats(): ConnectionStats;
  /** Ends all of them: this instance stops. */
  close(): void;
};

/** What an instance counts of its connections: those open now, and how many it has cut so far, by reason. */
export type ConnectionStats = { open: number; cut: Readonly<Record<string, number>> };

export type ConnectionsOptions = {
  authenticate: Pick<Authenticate, "session" | "token" | "read">;
  feed: Pick<Feed, "listen" | "freshForMs">;
  isLeased: () => boolean;
  clock: Clock;
  limits: Pick<SocketLimits, "socketsPerSession" | "socketsPerUser">;
  /** How often an idle connection is looked at where changes are heard of, in milliseconds; an open connection is a use of its session. */
  checkMs?: number;
  patienceMs?: number;
  onError?: ((error: unknown) => void) | undefined;
};

const sweepMs = 1_000;
/** How often where changes are not heard of. */
const checkUnleasedMs = 5_000;
/** So many looks at once, when all have to be looked at again. */
const mostLooks = 64;
const recheckLimitMs = 3_000;

/**
 * Keeps connections in step with their sessions. Of a change the feed tells here before anybody is told that it has been applied: what has
 * ended is cut within that call, and what may have ended delivers nothing until it was looked at. So nothing is delivered on any
 * instance after the mutation that ended a session has returned.
 */
export function createConnections({
  authenticate,
  feed,
  isLeased,
  clock,
  limits,
  checkMs = 30_000,
  patienceMs = 5_000,
  onError = () => {},
}: ConnectionsOptions): Connections {
  const byUser = new Map<string, Set<OwnConnection>>();
  const cut = new Map<string, number>();
  const toLookAt = new Set<OwnConnection>();
  let looks = 0;
  let open = 0;
  let sweeping: NodeJS.Timeout | undefined;

  const of = (userId: string) => [...(byUser.get(userId) ?? [])];
  const everyone = () => [...byUser.values()].flatMap((connections) => [...connections]);

  function register(connection: OwnConnection): void {
    const own = byUser.get(connection.userId) ?? new Set();
    byUser.set(connection.userId, own.add(connection));
    open++;
    sweeping ??= setInterval(sweep, sweepMs).unref();
  }

  /** @throws MusterError `TOO_MANY_CONNECTIONS` */
  function registered(shown: Shown, carrier: Carrier): OwnConnection {
    if (!hasRoomFor(shown.claims)) throw new MusterError("TOO_MANY_CONNECTIONS");
    const connection = createConnection({
      shown,
      carrier,
      authenticate,
      isLeased,
      isFresh: () => feed.freshForMs() > 0,
      now: clock.now,
      onEnd(end) {
        unregister(connection);
        if (end) cut.set(end.reason, (cut.get(end.reason) ?? 0) + 1);
      },
      onError,
      patienceMs,
    });
    register(connection);
    return connection;
  }

  function unregister(connection: OwnConnection): void {
    const own = byUser.get(connection.userId);
    if (!own?.delete(connection)) return;
    open--;
    toLookAt.delete(connection);
    if (own.size === 0) byUser.delete(connection.userId);
    if (open > 0) return;
    clearInterval(sweeping);
    sweeping = undefined;
  }

  function hasRoomFor({ sub, sid }: { sub: string; sid: string }): boolean {
    const own = byUser.get(userIdOf(sub));
    if (!own) return true;
    if (own.size >= limits.socketsPerUser) return false;
    let ofSession = 0;
    for (const { sessionId } of own) if (sessionId === sid) ofSession++;
    return ofSession < limits.socketsPerSession;
  }

  function look(): void {
    for (const connection of toLookAt) {
      if (looks >= mostLooks) return;
      toLookAt.delete(connection);
      looks++;
      void connection.check().finally(() => {
        looks--;
        look();
      });
    }
  }

  /**
   * Nothing is delivered from now on until a look has settled it that began when the feed had taken the change in: what is read then
   * comes after the change.
   */
  function doubt(connections: readonly OwnConnection[]): void {
    for (const connection of connections) connection.doubt();
    setImmediate(() => {
      for (const connection of connections) {
        connection.arm();
        if (byUser.get(connection.userId)?.has(connection)) toLookAt.add(connection);
      }
      look();
    });
  }

  function sweep(): void {
    const dueMs = isLeased() ? checkMs : checkUnleasedMs;
    for (const connection of everyone()) {
      connection.expire();
      if (connection.isDoubted() || connection.unseenMs() >= dueMs) toLookAt.add(connection);
    }
    look();
  }

  const listener: FeedListener = {
    onUser({ userId, ended }) {
      const others = of(userId).filter((connection) => {
        const entry = ended.find(({ id }) => id === connection.sessionId);
        if (entry) connection.end(endOfSession(entry.reason));
        return !entry;
      });
      if (others.length > 0) doubt(others);
    },
    onReset: () => doubt(everyone()),
  };
  feed.listen(listener);

  return {
    async open(token, carrier) {
      try {
        const connection = registered({ token, claims: await authenticate.read(token) }, carrier);
        return (await connection.prove()) ? connection : null;
      } catch (error) {
        if (!(error instanceof MusterError)) throw error;
        carrier.cut(endOf(error), null);
        return null;
      }
    },

    async recheck(userId) {
      const connections = of(userId);
      for (const connection of connections) {
        connection.doubt();
        connection.arm();
      }
      const looked = Promise.all(connections.map((connection) => connection.check()));
      await Promise.race([looked, delay(recheckLimitMs, undefined, { ref: false })]);
    },

    recheckAll: () => doubt(everyone()),

    stats: () => ({ open, cut: Object.fromEntries(cut) }),

    close() {
      for (const connection of everyone()) connection.end(goingAway);
    },
  };
}
