import { runProgram } from "./run-program.js";

const oldestMajor = 6;

/**
 * Runs `mongod --version`: a binary for another machine, or one whose libraries are missing, is found out here.
 * @throws Error that says why it can't be used
 */
export async function mongodVersion(path: string): Promise<string> {
  const text = await runProgram(path, ["--version"], { stallMs: 10_000 });
  const version = /db version v(\d+\.\d+\.\d+)/.exec(text)?.[1];
  if (!version) throw new Error("it does not say which version it is");
  if (Number.parseInt(version, 10) < oldestMajor)
    throw new Error(`it is MongoDB ${version}, and ${oldestMajor}.0 or newer is needed`);
  return version;
}
