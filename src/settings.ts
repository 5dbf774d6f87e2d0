import { isIP } from "node:net";
import { z } from "zod";
import { strategyNames } from "./revocation/index.js";

const onOff = z
  .enum(["on", "off", "true", "false"], "must be on or off")
  .transform((text) => text === "on" || text === "true");

const name = z.string().max(200, "must be at most 200 characters");

const oneOf = <const Values extends readonly [string, ...string[]]>(...values: Values) =>
  z.enum(values, `must be one of ${values.join(", ")}`);

/** A whole number in decimal digits, from `min` to `max`. */
function whole(min: number, max: number) {
  const fault = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, fault)
    .transform(Number)
    .refine((value) => value >= min && value <= max, fault);
}

const day = 86_400;
const year = 366 * day;

const list = z.string().transform((text) =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== ""),
);

const origins = list.refine(
  (items) =>
    items.every((item) => /^https?:\/\/[^*]+$/.test(item) && URL.canParse(item) && new URL(item).origin === item),
  "must be a list of exact origins such as https://app.example.com, with commas between and no * or path",
);

function isProxyAddress(text: string): boolean {
  if (["loopback", "linklocal", "uniquelocal"].includes(text)) return true;
  const [address = "", bits] = text.split("/");
  const version = isIP(address);
  if (version === 0 || bits === undefined) return version !== 0;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128);
}

const proxies = z.string().transform((text, context): false | number | string[] => {
  if (text === "off" || text === "false") return false;
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  const addresses = list.parse(text);
  if (addresses.length > 0 && addresses.every(isProxyAddress)) return addresses;
  context.addIssue({
    code: "custom",
    message: "must be off, a number of hops from 1 to 99, or addresses with commas between",
  });
  return z.NEVER;
});

const secret = z
  .string()
  .refine((text) => Buffer.byteLength(text, "utf8") >= 32, "must be 32 bytes or more in UTF-8")
  .refine((text) => text.isWellFormed(), "must be well-formed Unicode text");

const mongodbHost = String.raw`(\[[0-9a-fA-F:.]+\]|[^\s,:/?@[\]]+)(:\d{1,5})?`;
const mongodbUri = z
  .string()
  .regex(
    new RegExp(String.raw`^mongodb(\+srv)?://([^\s/@]*@)?${mongodbHost}(,${mongodbHost})*([/?]\S*)?$`),
    "must be an address such as mongodb://host:27017/muster?replicaSet=rs0",
  );

const redisUrl = z
  .string()
  .refine(
    (text) => /^rediss?:\/\/\S+$/.test(text) && URL.canParse(text),
    "must be an address such as redis://host:6379",
  );

/**
 * Every setting by the name of its environment variable: what text it takes, what stands where it is left out, what it means.
 * What is checked of two settings together stands in `config.ts`.
 */
export const settings = z.object({
  HOST: name.prefault("127.0.0.1").describe("The address to listen on."),
  PORT: whole(0, 65_535).prefault("4000").describe("The port to listen on; 0 takes any free one."),
  MONGODB_URI: mongodbUri
    .optional()
    .describe(
      "The database: a replica set of MongoDB 6.0 or newer. Without it an embedded one runs, for trying out; needed in production.",
    )
    .meta({ shown: "embedded" }),
  DATA_DIR: name
    .prefault(".muster")
    .describe("Where the embedded database and a signing key made by the server are kept."),
  JWT_SECRET: secret.optional().describe("Signs tokens with HS256. Its UTF-8 text is the key: 32 bytes or more."),
  JWT_PRIVATE_KEY_FILE: z
    .string()
    .optional()
    .describe(
      "Signs tokens with RS256 or ES256: a PEM file with an RSA key of 2048 bits or more, or a P-256 key. Without this and `JWT_SECRET` one is made in `DATA_DIR`; one of them is needed in production.",
    )
    .meta({ shown: "made in `DATA_DIR`" }),
  JWT_ISSUER: name.prefault("muster").describe("The claim `iss` of the tokens."),
  JWT_AUDIENCE: name.prefault("muster").describe("The claim `aud` of the tokens."),
  ACCESS_TOKEN_SECONDS: whole(1, day).prefault("900").describe("How long an access token lives."),
  REFRESH_TOKEN_SECONDS: whole(1, 10 * year)
    .prefault("1209600")
    .describe("How long a refresh token lives; each refresh gives a new one."),
  REFRESH_GRACE_SECONDS: whole(0, day)
    .prefault("10")
    .describe(
      "How long a refresh token that was just used may be used again by a racing tab; at most `ACCESS_TOKEN_SECONDS`.",
    ),
  SESSION_IDLE_SECONDS: whole(1, 10 * year)
    .prefault("1209600")
    .describe("How long a session lives unused; at least twice `LAST_USED_SECONDS`."),
  SESSION_ABSOLUTE_SECONDS: whole(1, 10 * year)
    .prefault("7776000")
    .describe("How long a session lives at most: then comes a new login."),
  LAST_USED_SECONDS: whole(1, day)
    .prefault("60")
    .describe("A session's last use is written at most once in this time."),
  MAX_SESSIONS: whole(1, 1000).prefault("50").describe("How many sessions a user may have."),
  AT_SESSION_CAP: oneOf("evict", "refuse")
    .prefault("evict")
    .describe("At the cap a login ends the least recently used session, or is refused."),
  NEW_LOGIN_ENDS: oneOf("none", "others").prefault("none").describe("Which of the user's sessions a login ends."),
  END_ON_ROLE_CHANGE: oneOf("none", "all")
    .prefault("none")
    .describe(
      "Which of a user's sessions a change of the roles or scopes ends. The change itself holds from the next request on either way.",
    ),
  REVOCATION_STRATEGY: oneOf(...strategyNames)
    .prefault("session-list")
    .describe("How access tokens are judged and ended: [docs/choosing.md](docs/choosing.md) says which to take when."),
  GROUPS: whole(1, 65_536)
    .prefault("64")
    .describe(
      "How many groups the strategy `group-epoch` divides users into: with more of them fewer tokens are looked at again after one has ended.",
    ),
  DENYLIST_STORE: oneOf("mongodb", "redis")
    .prefault("mongodb")
    .describe(
      "Where the strategy `denylist` keeps its list: in MongoDB and in memory, or in Redis, asked at each request.",
    ),
  OPAQUE_STORE: oneOf("mongodb", "redis")
    .prefault("mongodb")
    .describe("Where the strategy `opaque` keeps its records, which it asks for at each request."),
  OPAQUE_FORMAT: oneOf("random", "jwt")
    .prefault("random")
    .describe("What clients of the strategy `opaque` are given: a text that says nothing, or a JWT."),
  REDIS_URL: redisUrl
    .optional()
    .describe(
      "A Redis 6.2 or newer, alone and with `maxmemory-policy noeviction`; needed where a strategy keeps something in one. `rediss://` for TLS.",
    ),
  AUTH_COOKIES: onOff
    .prefault("off")
    .describe(
      "Browsers keep the refresh token in a `__Host-` cookie, and the access token of the strategy `opaque` in another.",
    ),
  CORS_ORIGINS: origins
    .prefault("")
    .describe("Origins whose pages may call the server: an exact list with commas between."),
  PLAYGROUND: onOff.optional().describe("GraphiQL on the address of the API.").meta({ shown: "on; off in production" }),
  PASSWORD_MIN_LENGTH: whole(8, 128).prefault("15").describe("The fewest characters of a new password."),
  TRUST_PROXY: proxies
    .prefault("off")
    .describe("Whose `X-Forwarded-*` headers count: a number of hops, or the proxies' addresses with commas between."),
  RATE_LIMITS: onOff.prefault("on").describe("Limits on attempts to sign in and up; `off` switches every one of them."),
  READ_CONCERN: oneOf("majority", "linearizable")
    .prefault("majority")
    .describe("What a session is read with; `linearizable` also rules out a deposed primary, and is slower."),
  AUTH_STATE_MODE: oneOf("leased", "read-through")
    .optional()
    .describe("`leased` answers from memory that is proved fresh, `read-through` reads at each request.")
    .meta({ shown: "`leased` where there are change streams" }),
  LEASE_MS: whole(100, 600_000)
    .prefault("1000")
    .describe(
      "How long memory may answer after it was proved fresh; how long a revocation waits for a server that is silent. In milliseconds, at least twice `BEAT_MS`.",
    ),
  BEAT_MS: whole(10, 60_000).prefault("250").describe("How often memory is proved fresh, in milliseconds."),
  AUTH_STATE_ENTRIES: whole(1, 10_000_000).prefault("100000").describe("How many users a server remembers at most."),
  SOCKETS_PER_SESSION: whole(1, 100_000)
    .prefault("50")
    .describe("How many WebSockets a session may have open on one server."),
  SOCKETS_PER_USER: whole(1, 100_000)
    .prefault("200")
    .describe("How many WebSockets a user may have open on one server."),
  OPERATIONS_PER_SOCKET: whole(1, 10_000)
    .prefault("50")
    .describe("How many operations, subscriptions among them, may run at once over one WebSocket."),
  METRICS_HOST: name.prefault("127.0.0.1").describe("The address to serve `/metrics` on."),
  METRICS_PORT: whole(0, 65_535)
    .optional()
    .describe("The port to serve `/metrics` on, for Prometheus; not that of the API.")
    .meta({ shown: "off" }),
  LOG_LEVEL: oneOf("fatal", "error", "warn", "info", "debug", "trace", "silent")
    .prefault("info")
    .describe("The least that is logged."),
});

export type Settings = z.output<typeof settings>;
