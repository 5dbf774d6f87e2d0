import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import type { Seams } from "./assemble.js";
import type { Config } from "./config.js";
import { createFailureLog } from "./failure-log.js";
import { createGate, type Gate } from "./gate.js";
import { logError } from "./graphql/plugin.js";
import { createHttp } from "./http/app.js";
import type { Log } from "./log.js";
import { createMetrics, type Metrics } from "./metrics/metrics.js";
import { serveMetrics } from "./metrics/serve.js";
import { assembleMuster, type Muster } from "./muster.js";
import type { KeyOptions, MusterOptions } from "./options.js";
import type { Parts } from "./parts.js";
import { defaultParameters, isProductionStrength } from "./passwords/parameters.js";
import { createGraphqlWs } from "./sockets/graphql-ws.js";
import { openConnection } from "./store/connect.js";

export type StartServerOptions = {
  log: Log;
  /** What tests replace. */
  overrides?: Pick<MusterOptions, "clock" | "hashing" | "policies" | "observer">;
  seams?: Seams;
};

/** A server that listens. */
export type RunningServer = {
  /** Where GraphQL and the playground are. */
  url: string;
  port: number;
  muster: Muster;
  /** For the shell and the test kit; not for applications. */
  parts: Parts;
  /** Resolves when the database has been found fit for use: until then every operation answers 503. */
  ready(): Promise<void>;
  /** Drains the server, writes what is still to be written and closes the connection. */
  close(): Promise<void>;
};

/**
 * Starts one server process: connection, muster, HTTP. It listens at once, and answers 503 until the database can be reached and is fit
 * for use; an outage at the start is waited for in the background.
 *
 * @param config `mongodbUri` and one of the keys must be there
 * @throws TypeError where production is asked for with hashing that is cheaper than the default
 * @throws StoreUnfitError where the database can't be used as it is: too old, or several users with one e-mail address
 * @throws Error where HOST and PORT can't be listened on, or MONGODB_URI or the key can't be used; nothing is left running then
 */
export async function startServer(
  config: Config,
  { log, overrides = {}, seams }: StartServerOptions,
): Promise<RunningServer> {
  if (config.mongodbUri === undefined) throw new TypeError("startServer needs config.mongodbUri.");
  if (config.production && !isProductionStrength({ ...defaultParameters, ...overrides.hashing }))
    throw new TypeError("Passwords are not hashed more cheaply than by default in production.");
  const key = await readKey(config);
  let gate: Gate | undefined;
  const opening = openConnection(config.mongodbUri, {
    onFailure(error) {
      log.warn({ err: error, database: messageOf(error) }, "the database can't be reached: trying again");
      gate?.unreachable();
    },
  });
  const closing = [() => opening.close()];
  const close = async () => {
    for (const step of closing.splice(0).reverse()) await step();
  };
  try {
    const metrics = config.metricsPort === undefined ? null : createMetrics();
    const { muster, parts } = assembleMuster(
      {
        ...config,
        ...key,
        connection: opening.connection,
        cookies: config.authCookies ? { origins: config.corsOrigins } : undefined,
        observer: metrics?.observer,
        onError: createFailureLog(log),
        ...overrides,
      },
      seams,
    );
    closing.push(() => muster.close());
    if (metrics) closing.push((await openMetrics(metrics, muster, config, log)).close);
    const sockets = createGraphqlWs(muster, {
      origins: config.corsOrigins,
      onError: (error) => logError(log, error, undefined),
    });
    gate = createGate({ opening, muster, sockets, log });
    closing.push(async () => gate?.giveUp());
    const { app, drain } = await createHttp({ muster: gate.served, sockets: gate.sockets, options: config, log });
    closing.push(drain);
    await app.listen({ host: config.host, port: config.port });
    await gate.firstOutcome();
    const { port } = app.server.address() as AddressInfo;
    return { url: `http://${hostInUrl(config.host)}:${port}/graphql`, port, muster, parts, ready: gate.open, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openMetrics(
  metrics: Metrics,
  muster: Muster,
  { metricsHost: host, metricsPort: port = 0 }: Config,
  log: Log,
) {
  metrics.watch(() => muster.status());
  const served = await serveMetrics(metrics, { host, port });
  log.info({ metrics: `http://${hostInUrl(host)}:${served.port}/metrics` }, "metrics");
  return served;
}

async function readKey({ jwtSecret, jwtPrivateKeyFile }: Config): Promise<KeyOptions> {
  if (jwtSecret !== undefined) return { secret: jwtSecret };
  if (jwtPrivateKeyFile !== undefined) return { privateKey: await readFile(jwtPrivateKeyFile, "utf8") };
  throw new TypeError("startServer needs config.jwtSecret or config.jwtPrivateKeyFile.");
}

/** Why the driver found no server: it names hosts and ports, and no credentials. Other errors may quote the whole MONGODB_URI. */
function messageOf(error: unknown): string | undefined {
  const { name, message } = error as Error;
  return name.endsWith("ServerSelectionError") || name === "MongoNetworkError" ? message : undefined;
}

function hostInUrl(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
