import { randomBytes } from "node:crypto";
import { type Granted, grantRole, grantScope } from "../accounts/grant.js";
import { createMovableClock, type MovableClock } from "../clock.js";
import { type Config, loadMachine, parseConfig } from "../config.js";
import { createLog, type Log } from "../log.js";
import type { Muster } from "../muster.js";
import type { MusterOptions } from "../options.js";
import type { StartServerOptions } from "../server.js";
import { startServer } from "../server.js";
import { signUp, type TestClient } from "./client.js";
import { openTestDatabase } from "./database.js";

export type { MovableClock } from "../clock.js";
export {
  type Answer,
  createClient,
  dataOf,
  login,
  type RequestOptions,
  send,
  signUp,
  type TestClient,
} from "./client.js";
export * from "./operations.js";

export type TestServerOptions = {
  /** A MongoDB to use instead of an in-memory one; `MONGODB_URI` where it is set. Each server takes a new database in it. */
  mongodbUri?: string;
  /** Starts one more instance of this one's deployment: its database, its key, its clock. Close it before that one. */
  joins?: TestServer;
  /** Settings that differ from those of a server; limits on attempts are off. */
  settings?: Partial<Config>;
  policies?: MusterOptions["policies"];
  observer?: MusterOptions["observer"];
  /** Nothing is logged by default. */
  log?: Log;
  /** Reserved for Muster's own tests. */
  seams?: StartServerOptions["seams"];
};

export type TestServer = {
  /** Where GraphQL is. */
  url: string;
  port: number;
  muster: Muster;
  /** The database's address, for a look at what is stored. */
  mongodbUri: string;
  /** Moves on the lifetimes of tokens and sessions. What orders a token against a revocation is the database's time. */
  clock: MovableClock;
  /** A client for a user that nobody else has. */
  signUp(options?: Parameters<typeof signUp>[1]): Promise<TestClient>;
  /** Gives a user a role or a scope; it holds from the next request on. */
  grantRole(email: string, role: string): Promise<void>;
  grantScope(email: string, scope: string): Promise<void>;
  /** Ends the server and drops its database, and an in-memory MongoDB with it. */
  close(): Promise<void>;
};

function granted(outcome: Granted): void {
  if (outcome === "no-such-user") throw new Error("There is no user with this e-mail address.");
}

/** What those that join are started with. */
const configs = new WeakMap<TestServer, Config>();

/** So cheap that guessing is cheap too: a server in production refuses it. */
const cheapHashing = { memoryKiB: 64, timeCost: 1, parallelism: 1 };

/**
 * Starts a server for tests: on a free port, over a database of its own, with hashing that costs next to nothing.
 *
 * @throws Error in production
 */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  if (loadMachine().environment.NODE_ENV === "production")
    throw new Error("startTestServer hashes passwords too cheaply for production.");
  const joined = options.joins && configs.get(options.joins);
  const database = joined
    ? { uri: joined.mongodbUri as string, close: async () => {} }
    : await openTestDatabase(options.mongodbUri);
  const clock = options.joins?.clock ?? createMovableClock();
  const config: Config = {
    ...parseConfig({ PORT: "0", LOG_LEVEL: "silent", RATE_LIMITS: "off", PLAYGROUND: "off", PASSWORD_MIN_LENGTH: "8" }),
    jwtSecret: options.settings?.jwtPrivateKeyFile ? undefined : randomBytes(32).toString("hex"),
    ...joined,
    ...options.settings,
    mongodbUri: database.uri,
  };
  try {
    const server = await startServer(config, {
      log: options.log ?? createLog({ level: "silent" }),
      overrides: {
        clock,
        hashing: cheapHashing,
        ...(options.policies && { policies: options.policies }),
        ...(options.observer && { observer: options.observer }),
      },
      ...(options.seams && { seams: options.seams }),
    });
    await server.ready();
    const testServer: TestServer = {
      url: server.url,
      port: server.port,
      muster: server.muster,
      mongodbUri: database.uri,
      clock,
      signUp: (user) => signUp(server.url, user),
      grantRole: async (email, role) => granted(await grantRole(server.parts, { email, role })),
      grantScope: async (email, scope) => granted(await grantScope(server.parts, { email, scope })),
      async close() {
        await server.close();
        await database.close();
      },
    };
    configs.set(testServer, config);
    return testServer;
  } catch (error) {
    await database.close();
    throw error;
  }
}
