import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Machine } from "../config.js";
import { runProgram } from "./run-program.js";

export type PipDownload = {
  /** A package with its version, `name==1.2.3`. */
  requirement: string;
  /** For another Python than the running one: arguments that say which. */
  target?: readonly string[];
  /** What is in it and what it weighs, for the progress. */
  content: string;
  bytes: number;
  /** An empty folder that the wheel is put into. */
  folder: string;
  machine: Machine;
  onProgress: (line: string) => void;
};

const watchMs = 2_000;

/** Longer than pip's own patience with one request. */
const silentMs = 60_000;

const megabytes = (bytes: number) => Math.round(bytes / 1e6);

/**
 * Downloads one wheel with pip and answers where it lies. From where is pip's business: its own configuration names the index.
 * @throws Error with pip's own words, or where nothing has arrived for a minute
 */
export async function pipDownload(options: PipDownload): Promise<string> {
  const { requirement, target = [], content, bytes, folder, machine, onProgress } = options;
  const stop = new AbortController();
  let seen = 0;
  let seenAt = Date.now();
  onProgress(`Downloading ${content} with pip (${requirement}, ${megabytes(bytes)} MB)`);
  // pip prints nothing while it downloads: its temporary file shows how far it is
  const watch = setInterval(async () => {
    const arrived = await sizeOf(folder);
    if (arrived > seen) {
      onProgress(`Downloading ${content}: ${megabytes(Math.min(arrived, bytes))} of ${megabytes(bytes)} MB`);
      [seen, seenAt] = [arrived, Date.now()];
    } else if (Date.now() - seenAt > silentMs) stop.abort(new Error(`nothing arrived in ${silentMs / 1000} s`));
  }, watchMs);
  const which = ["--no-deps", "--only-binary=:all:", ...target];
  const quietly = ["--no-input", "--disable-pip-version-check"];
  const args = ["-m", "pip", "download", ...which, ...quietly, "--dest", folder, requirement];
  try {
    const environment = { ...machine.environment, TMPDIR: folder };
    await runProgram("python3", args, { stallMs: 600_000, environment, signal: stop.signal });
  } finally {
    clearInterval(watch);
  }
  const wheel = (await readdir(folder)).find((file) => file.endsWith(".whl"));
  if (!wheel) throw new Error("pip downloaded no wheel");
  return join(folder, wheel);
}

/** The bytes in all files below a folder; those that vanish meanwhile count nothing. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  let sum = 0;
  for (const entry of entries) {
    const facts = entry.isFile() ? await stat(join(entry.parentPath, entry.name)).catch(() => null) : null;
    sum += facts?.size ?? 0;
  }
  return sum;
}
