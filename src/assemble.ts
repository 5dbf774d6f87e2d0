import { createAttempts } from "./accounts/attempts.js";
import { createLeases, defaultLeaseSettings, faultsOfLeases, type Sabotage } from "./auth-state/leases.js";
import { createAuthStateLoader } from "./auth-state/load.js";
import { createSystem } from "./auth-state/system.js";
import { createAuthenticate } from "./authenticate.js";
import { clocksApartMs, systemClock } from "./clock.js";
import { createJudging } from "./judging.js";
import type { MusterOptions } from "./options.js";
import type { Parts } from "./parts.js";
import { createHasher, type Hasher } from "./passwords/hash.js";
import { createReading } from "./reading.js";
import { isKeyedByUser, parseOwnClaims } from "./revocation/index.js";
import { createPublishEnded } from "./revocation/publish-ended.js";
import { repeatEnded } from "./revocation/repeat-ended.js";
import { createEndForEverybody } from "./sessions/end-for-everybody.js";
import { createSessionNews } from "./sessions/news.js";
import { createRemoveUser } from "./sessions/remove.js";
import { createRoll } from "./sessions/roll.js";
import { defaultSessionRules, faultsOfRules } from "./sessions/rules.js";
import { createTouch } from "./sessions/touch.js";
import { createWriteUser } from "./sessions/write.js";
import { createConnections } from "./sockets/connections.js";
import { defaultSocketLimits } from "./sockets/limits.js";
import type { StandingStats } from "./standing/standing.js";
import { createAdmins } from "./store/admins.js";
import { bounded } from "./store/bounded.js";
import { hasChangeStreams } from "./store/change-streams.js";
import { prepareStore } from "./store/prepare.js";
import { createRetiredSubjects } from "./store/retired-subjects.js";
import { createRollChanges } from "./store/roll-changes.js";
import { createSecondConnection } from "./store/second-connection.js";
import { createStrategyNote } from "./store/strategy-note.js";
import { createSystemStore } from "./store/system.js";
import { createUserStore } from "./store/users.js";
import { createKeys } from "./tokens/keys.js";
import { createOpaqueTokens } from "./tokens/opaque-token.js";
import { userIdOf } from "./tokens/subject.js";

/** Where tests hold a request, and what they switch off. Not exported by the package. */
export type Seams = {
  hasher?: (hasher: Hasher) => Hasher;
  /** Held before each write of a user is sent. */
  beforeWrite?: (name: string) => Promise<void>;
  sabotage?: Sabotage;
};

const transactionsAskedMs = 1_000;
const longestPingMs = 1_900;

/** The parts, and what opens and closes them. */
export type Assembled = {
  parts: Parts;
  /** What is known against users, where the strategy asks for that. */
  standing(): StandingStats | null;
  /** Makes the database ready. @throws StoreUnfitError */
  prepare(): Promise<void>;
  /** Resolves when everything answers that requests need. @throws MusterError `STORE_UNREACHABLE` */
  ping(limitMs?: number): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
};

/** Puts the parts of one deployment together. @throws TypeError for options that can't be used */
export function assembleParts(options: MusterOptions, seams: Seams = {}): Assembled {
  const { connection, issuer = "muster", audience = "muster", passwordMinLength = 15, clock = systemClock } = options;
  if (passwordMinLength < 8) throw new TypeError("passwordMinLength must be at least 8.");
  const rules = withDefaults(defaultSessionRules, options);
  const settings = { authStateMode: options.authStateMode, ...withDefaults(defaultLeaseSettings, options) };
  refuseFaults([...faultsOfRules(rules), ...faultsOfLeases(settings)]);

  const second = options.feedConnection ? null : createSecondConnection(connection);
  const control = options.feedConnection ?? second!.connection;
  const users = createUserStore({
    connection,
    controlConnection: control,
    model: options.userModel,
    fields: options.fields,
    readConcern: options.readConcern,
    beforeWrite: seams.beforeWrite,
    w: seams.sabotage?.writesW1 ? 1 : "majority",
  });
  const keys = createKeys(
    options.secret !== undefined ? { secret: options.secret } : { privateKeyPem: options.privateKey as string },
  );
  const leases = createLeases({
    users,
    control,
    settings,
    ignoreFields: options.ignoreFields,
    observer: options.observer,
    onError: options.onError,
    sabotage: seams.sabotage,
  });
  const { feed } = leases;
  const isLeased = () => leases.mode() === "leased";
  const { database } = users.place;
  const { beforeWrite } = seams;
  const systemStore = createSystemStore({ connection, controlConnection: control, database, beforeWrite });
  const system = createSystem({ store: systemStore, feed, isLeased });
  const retiredSubjects = createRetiredSubjects({ connection: control, database });
  const opaque = createOpaqueTokens(keys);
  const { strategy, label, stores, standing } = createJudging(options, {
    control,
    users,
    keys,
    opaque,
    leases,
    system,
    systemStore,
    retiredSubjects,
    accessTokenSeconds: rules.accessTokenSeconds,
    clock,
  });
  const strategyNote = createStrategyNote({ connection: control, database, ours: label });
  const publishEnded = createPublishEnded({ strategy, users });
  const roll = createRoll(rules, clock, { expiredKeptMs: strategy.keepsEndedTokens ? clocksApartMs : 0 });
  const touch = createTouch({ users, clock, lastUsedSeconds: rules.lastUsedSeconds, onFailure: options.onError });
  const { read, isSignedFor, sources } = createReading({
    keys,
    opaque,
    strategy,
    sources: leases.sources(strategy.fields),
    clock,
    verifying: {
      keys,
      issuer,
      audience,
      accessTokenSeconds: rules.accessTokenSeconds,
      isSubject: (text) => users.parseId(userIdOf(text)) !== undefined,
      parseOwn: (payload) => parseOwnClaims(strategy, payload),
      isKeyedByUser,
      now: clock.now,
    },
  });
  const authenticate = createAuthenticate({
    read,
    isSignedFor,
    parseId: users.parseId,
    sources,
    strategy,
    rules,
    clock,
    touch,
    observer: options.observer,
  });
  const socketLimits = withDefaults(defaultSocketLimits, options);
  const connections = createConnections({
    authenticate,
    feed,
    isLeased,
    clock,
    limits: socketLimits,
    checkMs: Math.min(30_000, rules.lastUsedSeconds * 1_000),
    onError: options.onError,
  });
  const news = createSessionNews({
    load: createAuthStateLoader({ users }),
    feed,
    openRollChanges: createRollChanges({ connection, ...users.place }),
    hasChangeStreams: () => hasChangeStreams(connection),
    isLeased,
    onError: options.onError,
  });
  // behind all others: they are told at once
  if (publishEnded) {
    feed.listen(
      strategy.publishesForAll
        ? repeatEnded(publishEnded, options.onError)
        : { onUser: ({ userId, at }) => publishEnded(userId, at), onReset() {} },
    );
  }
  const hasher = createHasher(options.hashing);
  const { memory, waitForAll } = leases;
  const onWritten = (userId: string, revoked = true) => {
    news.wrote(userId);
    // where no feed tells of it
    return revoked && !isLeased() ? connections.recheck(userId) : undefined;
  };

  const parts: Parts = {
    users,
    system,
    strategy,
    strategyNote,
    accessCookies: options.cookies !== undefined && strategy.kept !== undefined,
    write: createWriteUser({ users, roll, strategy, memory, waitForAll, publishEnded, onWritten }),
    remove: createRemoveUser({ users, memory, waitForAll, onWritten }),
    endForEverybody: createEndForEverybody({
      store: systemStore,
      roll,
      memory,
      waitForAll,
      onWritten() {
        if (!isLeased()) connections.recheckAll();
      },
    }),
    admins: createAdmins({
      connection: control,
      users,
      beforeWrite,
      meets: !seams.sabotage?.countsAdminsAlone,
    }),
    retiredSubjects,
    hasTransactions: () => bounded(transactionsAskedMs, () => hasChangeStreams(control)),
    roll,
    rules,
    leases,
    touch,
    keys,
    refreshKey: keys.derive("muster refresh token"),
    issuer,
    audience,
    hasher: seams.hasher?.(hasher) ?? hasher,
    passwordMinLength,
    verifyPassword: options.verifyPassword,
    newUserFields: options.newUserFields,
    attempts: createAttempts({ enabled: options.rateLimits ?? true, now: clock.now }),
    authenticate,
    connections,
    socketLimits,
    news,
    clock,
  };
  return {
    parts,
    standing: () => standing()?.stats() ?? null,
    async prepare() {
      await prepareStore(users, { standing: standing() !== null });
      await stores.prepare();
    },
    async ping(limitMs = longestPingMs) {
      await Promise.all([users.ping(limitMs), stores.ping(limitMs)]);
    },
    async start() {
      await second?.open();
      await retiredSubjects.prepare();
      await leases.start();
      await stores.fill();
      await strategyNote.write();
    },
    async close() {
      connections.close();
      news.close();
      await touch.close();
      await leases.close();
      await stores.close();
      await second?.close();
    },
  };
}

/** The defaults, with what was given of them in place. */
function withDefaults<T extends object>(defaults: T, given: Partial<T>): T {
  const names = Object.keys(defaults) as (keyof T)[];
  const set = names.filter((name) => given[name] !== undefined).map((name) => [name, given[name]]);
  return { ...defaults, ...Object.fromEntries(set) };
}

function refuseFaults(faults: string[]): void {
  if (faults.length > 0) throw new TypeError(faults.join(" "));
}
