import { describe, expect, it } from "vitest";
import { ConfigError, configTable, parseConfig } from "../src/config.js";
import { settings } from "../src/settings.js";

const goodSecret = "0123456789abcdef0123456789abcdef";

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    parseConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe("the configuration", () => {
  it("needs nothing: every setting has a default for trying out", () => {
    expect(parseConfig({})).toMatchObject({
      host: "127.0.0.1",
      port: 4000,
      mongodbUri: undefined,
      jwtSecret: undefined,
      jwtPrivateKeyFile: undefined,
      issuer: "muster",
      audience: "muster",
      accessTokenSeconds: 900,
      refreshTokenSeconds: 1_209_600,
      refreshGraceSeconds: 10,
      sessionIdleSeconds: 1_209_600,
      sessionAbsoluteSeconds: 7_776_000,
      lastUsedSeconds: 60,
      maxSessions: 50,
      atSessionCap: "evict",
      newLoginEnds: "none",
      authCookies: false,
      corsOrigins: [],
      playground: true,
      passwordMinLength: 15,
      trustProxy: false,
      rateLimits: true,
      readConcern: "majority",
      logLevel: "info",
      production: false,
    });
  });

  it("makes the data folder absolute", () => {
    expect(parseConfig({ DATA_DIR: "kept" }).dataDir).toBe(`${process.cwd()}/kept`);
  });

  it("takes each setting from its variable, and ignores variables that are not ours", () => {
    const config = parseConfig({
      PORT: "0",
      JWT_SECRET: goodSecret,
      AUTH_COOKIES: "on",
      RATE_LIMITS: "off",
      CORS_ORIGINS: "https://app.example.com, http://localhost:5173",
      AT_SESSION_CAP: "refuse",
      PATH: "/bin",
      MUSTER_COLOUR: "mauve",
    });
    expect(config).toMatchObject({
      port: 0,
      jwtSecret: goodSecret,
      authCookies: true,
      rateLimits: false,
      corsOrigins: ["https://app.example.com", "http://localhost:5173"],
      atSessionCap: "refuse",
    });
    expect(Object.keys(config)).toEqual(Object.keys(parseConfig({})));
  });

  it("counts an empty variable as left out", () => {
    expect(parseConfig({ PORT: "", MONGODB_URI: "", JWT_SECRET: "" })).toEqual(parseConfig({}));
  });

  it.each([
    ["off", false],
    ["2", 2],
    ["10.0.0.1, 192.168.0.0/16,::1,loopback", ["10.0.0.1", "192.168.0.0/16", "::1", "loopback"]],
  ])("reads TRUST_PROXY %s", (text, value) => {
    expect(parseConfig({ TRUST_PROXY: text }).trustProxy).toEqual(value);
  });

  it.each([
    ["PORT", "65536"],
    ["PORT", "4000.5"],
    ["PORT", " 4000"],
    ["PORT", "0x10"],
    ["MONGODB_URI", "http://db.example.com"],
    ["MONGODB_URI", "mongodb://ada:canary@host:notaport/muster"],
    ["MONGODB_URI", "mongodb://ada:can/ary@host/muster"],
    ["MONGODB_URI", "mongodb:///muster"],
    ["JWT_SECRET", "0123456789abcdef0123456789abcde"],
    ["ACCESS_TOKEN_SECONDS", "0"],
    ["ACCESS_TOKEN_SECONDS", "15m"],
    ["MAX_SESSIONS", "1001"],
    ["MAX_SESSIONS", "-1"],
    ["AT_SESSION_CAP", "drop"],
    ["NEW_LOGIN_ENDS", "all"],
    ["AUTH_COOKIES", "yes please"],
    ["CORS_ORIGINS", "*"],
    ["CORS_ORIGINS", "https://app.example.com/"],
    ["CORS_ORIGINS", "https://*.example.com"],
    ["CORS_ORIGINS", "null"],
    ["PASSWORD_MIN_LENGTH", "7"],
    ["TRUST_PROXY", "on"],
    ["TRUST_PROXY", "10.0.0.0/33"],
    ["TRUST_PROXY", "proxy.example.com"],
    ["READ_CONCERN", "local"],
    ["LOG_LEVEL", "loud"],
  ])("refuses %s=%s in one line that names the variable and not the value", (variable, text) => {
    const faults = faultsOf({ [variable]: text });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^${variable}: must be[^\\n]+$`));
    if (text.length > 3) expect(faults[0]).not.toContain(text);
  });

  it.each([
    "mongodb://127.0.0.1:27017/muster?replicaSet=rs0",
    "mongodb://ada:p%40ss@a.example.com,b.example.com:27018,[::1]:27019/muster?authSource=admin",
    "mongodb+srv://ada:secret@cluster.example.com",
    "mongodb://%2Ftmp%2Fmongodb-27017.sock/muster",
    "mongodb://localhost?replicaSet=rs0",
  ])("takes %s for a MONGODB_URI", (MONGODB_URI) => {
    expect(parseConfig({ MONGODB_URI }).mongodbUri).toBe(MONGODB_URI);
  });

  it("lists every fault at once", () => {
    const faults = faultsOf({ PORT: "x", LOG_LEVEL: "x", MAX_SESSIONS: "x", NODE_ENV: "production" });
    expect(faults.map((fault) => fault.split(":")[0])).toEqual([
      "PORT",
      "MAX_SESSIONS",
      "LOG_LEVEL",
      "MONGODB_URI",
      "JWT_SECRET, JWT_PRIVATE_KEY_FILE",
    ]);
  });

  it("refuses an idle time below twice the time in which a use is written", () => {
    expect(faultsOf({ SESSION_IDLE_SECONDS: "119" })).toEqual([expect.stringMatching(/^SESSION_IDLE_SECONDS: /)]);
    expect(faultsOf({ SESSION_IDLE_SECONDS: "120" })).toEqual([]);
  });

  it("refuses a refresh grace longer than an access token lives", () => {
    expect(faultsOf({ ACCESS_TOKEN_SECONDS: "9" })).toEqual([expect.stringMatching(/^REFRESH_GRACE_SECONDS: /)]);
    expect(faultsOf({ ACCESS_TOKEN_SECONDS: "9", REFRESH_GRACE_SECONDS: "9" })).toEqual([]);
  });

  it("refuses two keys", () => {
    expect(faultsOf({ JWT_SECRET: goodSecret, JWT_PRIVATE_KEY_FILE: "key.pem" })).toEqual([
      expect.stringMatching(/^JWT_SECRET, JWT_PRIVATE_KEY_FILE: /),
    ]);
  });

  it("asks for a database and a key in production, and switches the playground off there", () => {
    const environment = {
      NODE_ENV: "production",
      MONGODB_URI: "mongodb://db.example.com/muster",
      JWT_SECRET: goodSecret,
    };
    expect(parseConfig(environment)).toMatchObject({ production: true, playground: false });
    expect(parseConfig({ ...environment, PLAYGROUND: "on" }).playground).toBe(true);
    expect(faultsOf({ ...environment, MONGODB_URI: "" })).toEqual([expect.stringMatching(/^MONGODB_URI: /)]);
    expect(faultsOf({ ...environment, JWT_SECRET: "" })).toEqual([
      expect.stringMatching(/^JWT_SECRET, JWT_PRIVATE_KEY_FILE: /),
    ]);
  });

  it.each([
    ["DENYLIST_STORE", "denylist"],
    ["OPAQUE_STORE", "opaque"],
  ])("asks for a Redis where %s is redis and the strategy uses it", (variable, strategy) => {
    const environment = { REVOCATION_STRATEGY: strategy, [variable]: "redis" };
    expect(faultsOf(environment)).toEqual([`REDIS_URL: must be set where ${variable} is redis`]);
    expect(faultsOf({ ...environment, REVOCATION_STRATEGY: "session-list" })).toEqual([]);
    expect(faultsOf({ ...environment, [variable]: "mongodb" })).toEqual([]);
    for (const REDIS_URL of ["redis://127.0.0.1:6379", "rediss://user:secret@redis.example.com/3"])
      expect(parseConfig({ ...environment, REDIS_URL }).redisUrl).toBe(REDIS_URL);
    for (const REDIS_URL of ["127.0.0.1:6379", "http://127.0.0.1", "redis://", "redis://a b"])
      expect(faultsOf({ ...environment, REDIS_URL })[0]).toBe(
        "REDIS_URL: must be an address such as redis://host:6379",
      );
  });

  it("makes a table with a row for each setting, its default and what it means", () => {
    const rows = configTable().split("\n");
    expect(rows).toHaveLength(2 + Object.keys(settings.shape).length);
    expect(rows).toContain("| `PORT` | `4000` | The port to listen on; 0 takes any free one. |");
    for (const row of rows.slice(2)) expect(row).toMatch(/^\| `[A-Z_]+` \| .+ \| [A-Z`].+\. \|$/);
  });
});
