import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { z } from "zod";
import type { StrategyName } from "./revocation/index.js";
import { type Settings, settings } from "./settings.js";

/** What the server is started with. Times are in seconds; `dataDir` is an absolute path. */
export type Config = {
  host: string;
  port: number;
  mongodbUri?: string | undefined;
  dataDir: string;
  /** At most one of the two keys is there. */
  jwtSecret?: string | undefined;
  jwtPrivateKeyFile?: string | undefined;
  issuer: string;
  audience: string;
  accessTokenSeconds: number;
  refreshTokenSeconds: number;
  refreshGraceSeconds: number;
  sessionIdleSeconds: number;
  sessionAbsoluteSeconds: number;
  lastUsedSeconds: number;
  maxSessions: number;
  atSessionCap: "evict" | "refuse";
  newLoginEnds: "none" | "others";
  endOnRoleChange: "none" | "all";
  strategy: StrategyName;
  groups: number;
  denylistStore: "mongodb" | "redis";
  opaqueStore: "mongodb" | "redis";
  opaqueFormat: "random" | "jwt";
  /** A secret: it may hold a password. */
  redisUrl?: string | undefined;
  authCookies: boolean;
  corsOrigins: string[];
  playground: boolean;
  passwordMinLength: number;
  /** No proxy, every proxy, a number of hops, or the proxies' addresses; the environment cannot say "every". */
  trustProxy: boolean | number | string[];
  rateLimits: boolean;
  readConcern: "majority" | "linearizable";
  authStateMode?: "leased" | "read-through" | undefined;
  leaseMs: number;
  beatMs: number;
  authStateEntries: number;
  socketsPerSession: number;
  socketsPerUser: number;
  operationsPerSocket: number;
  metricsHost: string;
  metricsPort?: number | undefined;
  logLevel: "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";
  production: boolean;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Settings that stop the start: `faults` has one line for each, none of which repeats a value. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join("\n"));
    this.faults = faults;
  }
}

/**
 * Reads the settings from environment variables. An empty one counts as left out; variables that are not ours are ignored.
 * @throws ConfigError with every fault at once
 */
export function parseConfig(environment: Environment): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, text]) => text !== undefined && text !== ""));
  const production = given.NODE_ENV === "production";
  const parsed = settings.safeParse(given);
  const faults = parsed.success
    ? disagreements(parsed.data)
    : parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  faults.push(...omissions(given, production));
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  return named(parsed.data, production);
}

/** The settings of this process. */
export const loadConfig = (): Config => parseConfig(process.env);

/** Settings that are right each by itself and wrong together. */
function disagreements(set: Settings): string[] {
  const faults: string[] = [];
  if (set.SESSION_IDLE_SECONDS < 2 * set.LAST_USED_SECONDS)
    faults.push("SESSION_IDLE_SECONDS: must be at least twice LAST_USED_SECONDS, or sessions in use would run out");
  if (set.REFRESH_GRACE_SECONDS > set.ACCESS_TOKEN_SECONDS)
    faults.push("REFRESH_GRACE_SECONDS: must not be longer than ACCESS_TOKEN_SECONDS");
  if (set.LEASE_MS < 2 * set.BEAT_MS)
    faults.push("LEASE_MS: must be at least twice BEAT_MS, or one late beat would end the lease");
  if (!set.REDIS_URL && set.REVOCATION_STRATEGY === "denylist" && set.DENYLIST_STORE === "redis")
    faults.push("REDIS_URL: must be set where DENYLIST_STORE is redis");
  if (!set.REDIS_URL && set.REVOCATION_STRATEGY === "opaque" && set.OPAQUE_STORE === "redis")
    faults.push("REDIS_URL: must be set where OPAQUE_STORE is redis");
  return faults;
}

function omissions(given: Environment, production: boolean): string[] {
  const faults: string[] = [];
  if (given.JWT_SECRET && given.JWT_PRIVATE_KEY_FILE)
    faults.push("JWT_SECRET, JWT_PRIVATE_KEY_FILE: set one of them, not both");
  if (given.REVOCATION_STRATEGY === "derived-secret" && given.JWT_PRIVATE_KEY_FILE)
    faults.push(
      "REVOCATION_STRATEGY: derived-secret signs with secrets: set JWT_SECRET instead of JWT_PRIVATE_KEY_FILE",
    );
  if (production && !given.MONGODB_URI)
    faults.push("MONGODB_URI: must be set where NODE_ENV is production: the embedded database is for trying out");
  if (production && !given.JWT_SECRET && !given.JWT_PRIVATE_KEY_FILE)
    faults.push("JWT_SECRET, JWT_PRIVATE_KEY_FILE: one of them must be set where NODE_ENV is production");
  return faults;
}

function named(set: Settings, production: boolean): Config {
  return {
    host: set.HOST,
    port: set.PORT,
    mongodbUri: set.MONGODB_URI,
    dataDir: resolve(set.DATA_DIR),
    jwtSecret: set.JWT_SECRET,
    jwtPrivateKeyFile: set.JWT_PRIVATE_KEY_FILE,
    issuer: set.JWT_ISSUER,
    audience: set.JWT_AUDIENCE,
    accessTokenSeconds: set.ACCESS_TOKEN_SECONDS,
    refreshTokenSeconds: set.REFRESH_TOKEN_SECONDS,
    refreshGraceSeconds: set.REFRESH_GRACE_SECONDS,
    sessionIdleSeconds: set.SESSION_IDLE_SECONDS,
    sessionAbsoluteSeconds: set.SESSION_ABSOLUTE_SECONDS,
    lastUsedSeconds: set.LAST_USED_SECONDS,
    maxSessions: set.MAX_SESSIONS,
    atSessionCap: set.AT_SESSION_CAP,
    newLoginEnds: set.NEW_LOGIN_ENDS,
    endOnRoleChange: set.END_ON_ROLE_CHANGE,
    strategy: set.REVOCATION_STRATEGY,
    groups: set.GROUPS,
    denylistStore: set.DENYLIST_STORE,
    opaqueStore: set.OPAQUE_STORE,
    opaqueFormat: set.OPAQUE_FORMAT,
    redisUrl: set.REDIS_URL,
    authCookies: set.AUTH_COOKIES,
    corsOrigins: set.CORS_ORIGINS,
    playground: set.PLAYGROUND ?? !production,
    passwordMinLength: set.PASSWORD_MIN_LENGTH,
    trustProxy: set.TRUST_PROXY,
    rateLimits: set.RATE_LIMITS,
    readConcern: set.READ_CONCERN,
    authStateMode: set.AUTH_STATE_MODE,
    leaseMs: set.LEASE_MS,
    beatMs: set.BEAT_MS,
    authStateEntries: set.AUTH_STATE_ENTRIES,
    socketsPerSession: set.SOCKETS_PER_SESSION,
    socketsPerUser: set.SOCKETS_PER_USER,
    operationsPerSocket: set.OPERATIONS_PER_SOCKET,
    metricsHost: set.METRICS_HOST,
    metricsPort: set.METRICS_PORT,
    logLevel: set.LOG_LEVEL,
    production,
  };
}

/** The README's table of settings: variable, default, meaning. */
export function configTable(): string {
  const rows = Object.entries(settings.shape).map(([variable, schema]) => {
    const fallback = schema instanceof z.ZodPrefault ? String(schema.def.defaultValue) : "";
    const shown = schema.meta()?.shown ?? (fallback === "" ? "–" : `\`${fallback}\``);
    return `| \`${variable}\` | ${shown} | ${schema.description} |`;
  });
  return ["| variable | default | meaning |", "|---|---|---|", ...rows].join("\n");
}

/** What the search for a mongod needs to know of the machine. */
export type Machine = {
  platform: NodeJS.Platform;
  arch: string;
  /** A mongod that the user names (`MONGOMS_SYSTEM_BINARY`). */
  namedMongod: string | undefined;
  searchPath: readonly string[];
  /** Where what was downloaded is kept, for all checkouts of one user. */
  cacheDir: string;
  /** What child processes are given as their environment. */
  environment: Environment;
  /** Whether a script of npm's started this process: a shell of npm's stands between the two. */
  isRunByNpm: boolean;
};

/** The machine of this process. */
export function loadMachine(environment: Environment = process.env): Machine {
  return {
    platform: process.platform,
    arch: process.arch,
    namedMongod: environment.MONGOMS_SYSTEM_BINARY || undefined,
    searchPath: (environment.PATH ?? "").split(delimiter).filter((folder) => folder !== ""),
    cacheDir: join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "muster"),
    environment,
    isRunByNpm: environment.npm_lifecycle_event !== undefined,
  };
}
