import { createRequire } from "node:module";
import type { Machine } from "../config.js";
import { runProgram } from "./run-program.js";

const require = createRequire(import.meta.url);

/** Longer than a slow site takes to send its first byte, shorter than anyone's patience with one that can't be reached. */
const patienceMs = 6_000;

export type DownloadOptions = {
  machine: Machine;
  onProgress: (line: string) => void;
  /** Given up after so long without a sign of life, in milliseconds. */
  stallMs?: number;
};

/**
 * In a process of its own, because a download of mongodb-memory-server's can't be called off otherwise.
 * Its TLS certificates are checked only where npm's `strict-ssl` says so.
 */
const script = `
process.env.npm_config_strict_ssl = "true";
process.env.MONGOMS_MAX_RETRIES ??= "1";
require(process.argv[1]).MongoBinary.getPath().then(
  (path) => console.log("mongod: " + path),
  (error) => { console.error(String(error.message).replace(/\\s+/g, " ")); process.exitCode = 1; },
);`;

/** A mongod that mongodb-memory-server has downloaded before, or null. */
export async function findDownloadedMongod(): Promise<string | null> {
  const { DryMongoBinary } = await import("mongodb-memory-server");
  const { version } = DryMongoBinary.getEnsuredOptions();
  return (await DryMongoBinary.locateBinary({ version }).catch(() => undefined)) ?? null;
}

/**
 * Lets mongodb-memory-server download the mongod of its choice into its own cache, with a lock so that two at once do no harm.
 * Gives up where the site can't be reached, after seconds.
 * @throws Error that says what failed
 */
export async function downloadMongod({ machine, onProgress, stallMs = patienceMs }: DownloadOptions): Promise<string> {
  const output = await runProgram(process.execPath, ["-e", script, require.resolve("mongodb-memory-server")], {
    stallMs,
    environment: machine.environment,
    onLine: (line) => {
      if (line.startsWith("Downloading")) onProgress(line);
    },
  });
  const path = /^mongod: (.+)$/m.exec(output)?.[1];
  if (!path) throw new Error("mongodb-memory-server did not say where it put the binary");
  return path;
}
