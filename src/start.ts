import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { type Config, ConfigError } from "./config.js";
import { keepSecret, keepSigningKey } from "./embedded/signing-key.js";
import type { Log } from "./log.js";
import { startServer } from "./server.js";
import { createKeys } from "./tokens/keys.js";

export type StartOptions = {
  config: Config;
  log: Log;
  /** Told, one line at a time, what is being downloaded. */
  onProgress?: (line: string) => void;
};

/** A server that runs, and in words what it chose. */
export type Started = {
  url: string;
  port: number;
  /** Whether what it stores in could be reached, and was fit; until then it answers 503. */
  isReady: boolean;
  database: string;
  mode: string;
  /** How tokens are judged. */
  strategy: string;
  keys: string;
  /** Drains the server, then ends the embedded database where this process runs it. */
  close(): Promise<void>;
};

/**
 * Fills in what the configuration leaves out, for trying out: a database in `dataDir`, a signing key there. Then starts the server.
 * @throws EmbeddedError, and whatever `startServer` throws; nothing is left running then
 */
export async function start({ config, log, onProgress }: StartOptions): Promise<Started> {
  const { keys, ...key } = await chooseKey(config);
  const { database, uri, close: closeDatabase } = await chooseDatabase({ config, log, onProgress });
  try {
    const server = await startServer({ ...config, ...key, mongodbUri: uri }, { log });
    return {
      url: server.url,
      port: server.port,
      isReady: await Promise.race([server.ready().then(() => true), delay(0, false)]),
      database,
      mode: config.production ? "production" : "for trying out; NODE_ENV=production asks for MONGODB_URI and a key",
      strategy: server.muster.status().strategy,
      keys,
      async close() {
        await server.close().finally(closeDatabase);
      },
    };
  } catch (error) {
    await closeDatabase();
    throw error;
  }
}

async function chooseKey({ jwtSecret, jwtPrivateKeyFile, dataDir, strategy }: Config) {
  if (jwtSecret !== undefined) return { jwtSecret, keys: "HS256, from JWT_SECRET" };
  if (jwtPrivateKeyFile !== undefined) {
    const algorithm = await algorithmOf(jwtPrivateKeyFile);
    return { jwtPrivateKeyFile, keys: `${algorithm}, from JWT_PRIVATE_KEY_FILE` };
  }
  if (strategy === "derived-secret") {
    const { path, secret, made } = await keepSecret(dataDir);
    return { jwtSecret: secret, keys: `HS256, ${made ? "made now and kept" : "kept"} in ${path}` };
  }
  const { path, made } = await keepSigningKey(dataDir);
  return {
    jwtPrivateKeyFile: path,
    keys: `${await algorithmOf(path)}, ${made ? "made now and kept" : "kept"} in ${path}`,
  };
}

/** Reads a key before anything else is started, so that a wrong one is told as what it is: a wrong setting. */
async function algorithmOf(path: string) {
  try {
    return createKeys({ privateKeyPem: await readFile(path, "utf8") }).algorithm;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ConfigError([`JWT_PRIVATE_KEY_FILE: ${code ? `${path} can't be read (${code})` : message}`]);
  }
}

async function chooseDatabase({ config: { mongodbUri, dataDir }, log, onProgress }: StartOptions) {
  if (mongodbUri !== undefined)
    return { uri: mongodbUri, database: "the one that MONGODB_URI names", close: async () => {} };
  const { openEmbedded } = await import("./embedded/open.js");
  const { uri, joined, owner, close } = await openEmbedded({ dataDir, log, onProgress });
  const database = joined
    ? `embedded, run by process ${owner}: when that ends, this server answers 503 until a start brings it back`
    : `embedded, kept in ${dataDir}`;
  return { uri, database, close };
}
