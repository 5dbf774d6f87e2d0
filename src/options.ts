import type { Connection, Model } from "mongoose";
import type { LeaseSettings } from "./auth-state/leases.js";
import type { Clock } from "./clock.js";
import type { TypeNames } from "./graphql/build-schema.js";
import type { Policies } from "./graphql/directives/index.js";
import type { Observer } from "./observe.js";
import type { NewUserFields, VerifyPassword } from "./parts.js";
import type { HasherOptions } from "./passwords/hash.js";
import type { StrategyName } from "./revocation/index.js";
import type { OpaqueFormat } from "./revocation/kept-tokens.js";
import type { Strategy } from "./revocation/strategy.js";
import type { SessionRules } from "./sessions/rules.js";
import type { SocketLimits } from "./sockets/limits.js";
import type { AskedStoreSettings } from "./store/asked-stores.js";
import type { FieldNames, ReadLevel } from "./store/users.js";

/** The deployment's key: one of the two. Instances of one deployment share it. */
export type KeyOptions =
  | { /** HS256; its UTF-8 text is the key, 32 bytes or more. */ secret: string; privateKey?: undefined }
  | { /** PEM; RSA of 2048 bits or more (RS256), or P-256 (ES256). */ privateKey: string; secret?: undefined };

export type MusterOptions = KeyOptions &
  Partial<SessionRules> &
  Partial<LeaseSettings> &
  Partial<SocketLimits> &
  AskedStoreSettings & {
    /** A mongoose connection; it may still be opening. */
    connection: Connection;
    /** One more to the same database, for the feed and the revocations; without it Muster opens one of its own with the same options. */
    feedConnection?: Connection;
    /** Fields of a user model of your own whose changes mean nothing here: an app that writes `lastSeen` at every request names it. */
    ignoreFields?: readonly string[];
    /** The claims `iss` and `aud`; `muster` both. */
    issuer?: string;
    audience?: string;
    /** A user model of your own: fields of it that are not ours are never written. */
    // biome-ignore lint/suspicious/noExplicitAny: a model of any shape will do, and Model is invariant in it
    userModel?: Model<any, any, any, any, any, any>;
    /** What that model calls its e-mail address and its password hash. */
    fields?: Partial<FieldNames>;
    /** Accepts hashes that are not argon2; they become argon2id at the next login. */
    verifyPassword?: VerifyPassword;
    /** Fields of your own for a new user's document. */
    newUserFields?: NewUserFields;
    /** How access tokens are judged and ended: one of ours, or one of your own. The roll when left out. */
    strategy?: StrategyName | Strategy;
    /** How many groups the strategy `group-epoch` divides users into: 64 by default. */
    groups?: number;
    /** What clients of the strategy `opaque` are given: `random`, a text that says nothing, by default; or a `jwt`. */
    opaqueFormat?: OpaqueFormat;
    /** The functions that `@policy` names. */
    policies?: Policies;
    /** New names for our types, where your schema has its own: `{ User: "Account" }`. */
    typeNames?: TypeNames;
    /** 15 by default, 8 at least. */
    passwordMinLength?: number;
    /** Stronger or, for tests, cheaper than argon2id with 19 MiB. */
    hashing?: HasherOptions;
    /** Limits on attempts; on by default. */
    rateLimits?: boolean;
    /** The refresh token goes out as a cookie, and so does the access token of `opaque`; these other origins may send them. Off by default. */
    cookies?: { origins?: readonly string[] };
    readConcern?: ReadLevel;
    clock?: Clock;
    /** Told of refusals, waits and reads: for metrics of your own. */
    observer?: Observer;
    /** Called with what went wrong off the request path. */
    onError?: (error: unknown) => void;
  };
