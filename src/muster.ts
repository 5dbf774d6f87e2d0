import type { ApolloServerPlugin } from "@apollo/server";
import type { IResolvers } from "@graphql-tools/utils";
import type { GraphQLSchema } from "graphql";
import type { Connection, Model } from "mongoose";
import { assembleParts, type Seams } from "./assemble.js";
import type { AuthStateMode, LeaseSettings } from "./auth-state/leases.js";
import type { Clock } from "./clock.js";
import { buildAccountSchema, printTypeDefs, renameTypes, resolversOf, type TypeNames } from "./graphql/build-schema.js";
import { authorize, createContext, type MusterContext, type RequestLike } from "./graphql/context.js";
import { directiveTypeDefs, type Policies, protectSchema } from "./graphql/directives/index.js";
import { createPlugin } from "./graphql/plugin.js";
import type { Observer } from "./observe.js";
import type { NewUserFields, Parts, VerifyPassword } from "./parts.js";
import type { HasherOptions } from "./passwords/hash.js";
import type { Outcome } from "./principal.js";
import type { SessionRules } from "./sessions/rules.js";
import { prepareStore } from "./store/prepare.js";
import type { FieldNames, ReadLevel } from "./store/users.js";
import type { Keys } from "./tokens/keys.js";

/** The deployment's key: one of the two. Instances of one deployment share it. */
export type KeyOptions =
  | { /** HS256; its UTF-8 text is the key, 32 bytes or more. */ secret: string; privateKey?: undefined }
  | { /** PEM; RSA of 2048 bits or more (RS256), or P-256 (ES256). */ privateKey: string; secret?: undefined };

export type MusterOptions = KeyOptions &
  Partial<SessionRules> &
  Partial<LeaseSettings> & {
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
    userModel?: Model<any>;
    /** What that model calls its e-mail address and its password hash. */
    fields?: Partial<FieldNames>;
    /** Accepts hashes that are not argon2; they become argon2id at the next login. */
    verifyPassword?: VerifyPassword;
    /** Fields of your own for a new user's document. */
    newUserFields?: NewUserFields;
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
    /** The refresh token goes out as a cookie; these other origins may send it. Off by default. */
    cookies?: { origins?: readonly string[] };
    readConcern?: ReadLevel;
    clock?: Clock;
    /** Told of refusals, waits and reads: for metrics of your own. */
    observer?: Observer;
    /** Called with what went wrong off the request path. */
    onError?: (error: unknown) => void;
  };

export type Muster = {
  /** Resolves when the database is fit for use: its version, the unique e-mail. @throws StoreUnfitError */
  ready(): Promise<void>;
  /** Writes what is still to be written. The connection stays open: it is yours. */
  close(): Promise<void>;
  /** The context of a request, for Apollo Server's `context`. */
  context(request: { req: RequestLike; res?: unknown }): Promise<MusterContext>;
  /** What a token is worth now. Never rejects for what the token is. */
  authenticate(token: string): Promise<Outcome>;
  /** Enforces the directives of a schema, ours or yours. @throws Error that names every fault of it */
  protectSchema(schema: GraphQLSchema, options?: { unmarked?: readonly string[] }): GraphQLSchema;
  /** Our types, operations and directives as text, and the resolvers of them, to be merged into yours. */
  typeDefs: string;
  directiveTypeDefs: string;
  resolvers: IResolvers;
  /** Our schema alone, protected. */
  schema: GraphQLSchema;
  /** Statuses and headers of answers. Security does not rest on it. */
  plugin: ApolloServerPlugin<MusterContext>;
  /** The public keys (RFC 7517); null where the key is a secret. */
  jwks(): ReturnType<Keys["jwks"]>;
  status(): Status;
  /** Resolves when the primary answers. @throws MusterError `STORE_UNREACHABLE` */
  ping(limitMs?: number): Promise<void>;
};

/** What a server knows of itself, without asking. Times in milliseconds. */
export type Status = {
  mode: AuthStateMode;
  leaseMs: number;
  /** How long memory may still answer. */
  freshForMs: number;
  /** Since it was last proved fresh. */
  ageMs: number;
  memory: { entries: number; fills: number; poisonedFills: number };
};

/**
 * Makes an auth server's parts over one mongoose connection. Reads no environment; several can live in one process.
 *
 * @throws TypeError for options that can't be used
 */
export function createMuster(options: MusterOptions): Muster {
  return assembleMuster(options).muster;
}

/** As `createMuster`, with the parts and the seams. */
export function assembleMuster(options: MusterOptions, seams: Seams = {}): { muster: Muster; parts: Parts } {
  const { parts, start, close } = assembleParts(options, seams);
  const { users, keys, authenticate, leases } = parts;

  const accountSchema = options.typeNames ? renameTypes(buildAccountSchema(), options.typeNames) : buildAccountSchema();
  const protect = (schema: GraphQLSchema, { unmarked = [] as readonly string[] } = {}) =>
    protectSchema(schema, {
      authorize,
      policies: options.policies ?? {},
      unmarked: [...unmarked],
      now: parts.clock.now,
    });

  const muster: Muster = {
    async ready() {
      await options.connection.asPromise();
      await prepareStore(users);
      await start();
    },
    close,
    context: createContext(parts, {
      enabled: options.cookies !== undefined,
      allowedOrigins: options.cookies?.origins ?? [],
    }),
    async authenticate(token) {
      const admission = await authenticate.token(token);
      if (admission.outcome === "admit") return { outcome: "admit", principal: admission.principal };
      if (admission.outcome === "unknown") return { outcome: "unknown" };
      const { code, reason } = admission.error;
      return { outcome: "refuse", code, reason };
    },
    protectSchema: protect,
    typeDefs: printTypeDefs(accountSchema),
    directiveTypeDefs,
    resolvers: resolversOf(accountSchema),
    schema: protect(accountSchema),
    plugin: createPlugin(),
    jwks: () => keys.jwks(),
    status: () => ({
      mode: leases.mode(),
      leaseMs: leases.leaseMs,
      freshForMs: leases.feed.freshForMs(),
      ageMs: leases.feed.ageMs(),
      memory: leases.memory.stats(),
    }),
    ping: (limitMs) => users.ping(limitMs),
  };
  return { muster, parts };
}
