import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import type { Machine } from "../config.js";
import { EmbeddedError } from "./embedded-error.js";

/** A program that runs on this machine. */
export type Program = {
  path: string;
  /** Such as `6.0.5`. */
  version: string;
  /** Where it came from, for people. */
  from: string;
};

type Fetch = (options: { machine: Machine; onProgress: (line: string) => void }) => Promise<string | null>;

/** One place to look: null means that there is none there; what it throws is told when nothing else is found either. */
export type Source = { from: string; find: Fetch };

/** How a search is asked for. */
export type FindOptions = {
  /** Told, one line at a time, what is being downloaded and what was passed over. */
  onProgress?: (line: string) => void;
  machine?: Machine;
  sources?: readonly Source[];
};

export type FindProgramOptions = Required<FindOptions> & {
  /** Its name, for people. */
  name: string;
  /** Throws, with the reason, where the program at this path can't be used. */
  versionOf: (path: string) => Promise<string>;
  /** What to do where there is none: a sentence. */
  advice: string;
};

/**
 * The program from the first of the sources, in their order, that has one that can be used.
 * @throws EmbeddedError that says what was tried and what to do
 */
export async function findProgram(options: FindProgramOptions): Promise<Program> {
  const { name, machine, onProgress, sources, versionOf, advice } = options;
  const failures: string[] = [];
  for (const { from, find } of sources) {
    try {
      const path = await find({ machine, onProgress });
      if (path !== null) return { path, version: await versionOf(path), from };
    } catch (error) {
      const failure = `${from}: ${(error as Error).message}`;
      onProgress(`No ${name} from ${failure}`);
      failures.push(failure);
    }
  }
  throw new EmbeddedError([`No ${name} could be had.`, ...failures, advice].join("\n  "));
}

/** The first program of this name in the folders of the PATH, or null. */
export async function findOnPath(name: string, { searchPath, platform }: Machine): Promise<string | null> {
  for (const folder of searchPath) {
    const path = join(folder, platform === "win32" ? `${name}.exe` : name);
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
