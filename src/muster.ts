import type { ApolloServerPlugin } from "@apollo/server";
import type { IResolvers } from "@graphql-tools/utils";
import type { GraphQLSchema } from "graphql";
import { assembleParts, type Seams } from "./assemble.js";
import type { AuthStateMode } from "./auth-state/leases.js";
import { buildAccountSchema, printTypeDefs, renameTypes, resolversOf } from "./graphql/build-schema.js";
import { authorize, createContext, type MusterContext, type RequestLike } from "./graphql/context.js";
import { directiveTypeDefs, protectSchema } from "./graphql/directives/index.js";
import { createPlugin } from "./graphql/plugin.js";
import type { MusterOptions } from "./options.js";
import type { Parts } from "./parts.js";
import type { Outcome } from "./principal.js";
import type { ConnectionStats } from "./sockets/connections.js";
import type { StandingStats } from "./standing/standing.js";
import type { Keys } from "./tokens/keys.js";

export type Muster = {
  /**
   * Resolves when the database is fit for use: its version, the unique e-mail; and the Redis that is used. @throws StoreUnfitError, MusterError
   * `STORE_UNREACHABLE`: call it again
   */
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
  /** Resolves when the primary answers, and the Redis that is used. @throws MusterError `STORE_UNREACHABLE` */
  ping(limitMs?: number): Promise<void>;
};

const partsByMuster = new WeakMap<object, Parts>();

/** The parts of a muster, for the ways in beside HTTP. @throws TypeError for what `createMuster` did not make */
export function partsOf(muster: Muster): Parts {
  const parts = partsByMuster.get(muster);
  if (!parts) throw new TypeError("This is not what createMuster() gave.");
  return parts;
}

/** What a server knows of itself, without asking. Times in milliseconds. */
export type Status = {
  /** How tokens are judged, such as `denylist in redis`; and how the instance did that started on this database before this one. */
  strategy: string;
  strategyBefore: string | null;
  mode: AuthStateMode;
  leaseMs: number;
  /** How long memory may still answer. */
  freshForMs: number;
  /** Since it was last proved fresh. */
  ageMs: number;
  memory: { entries: number; fills: number; poisonedFills: number };
  /** What this server knows against users without reading them; null where the strategy does not ask for it. */
  standing: StandingStats | null;
  connections: ConnectionStats;
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
  const { parts, standing, prepare, ping, start, close } = assembleParts(options, seams);
  const { keys, authenticate, leases } = parts;

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
      await prepare();
      await start();
    },
    close,
    context: createContext(parts, {
      enabled: options.cookies !== undefined,
      allowedOrigins: options.cookies?.origins ?? [],
    }),
    async authenticate(token) {
      const shown = await authenticate.token(token);
      const unread = shown.outcome === "admit" && shown.state === null;
      const admission = unread ? await authenticate.known(shown) : shown;
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
      strategy: parts.strategyNote.ours,
      strategyBefore: parts.strategyNote.before(),
      mode: leases.mode(),
      leaseMs: leases.leaseMs,
      freshForMs: leases.feed.freshForMs(),
      ageMs: leases.feed.ageMs(),
      memory: leases.memory.stats(),
      standing: standing(),
      connections: parts.connections.stats(),
    }),
    ping,
  };
  partsByMuster.set(muster, parts);
  return { muster, parts };
}
