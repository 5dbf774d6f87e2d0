import { spawn } from "node:child_process";

export type ProgramOptions = {
  /** Killed when it has printed nothing for so long, in milliseconds. */
  stallMs: number;
  onLine?: (line: string) => void;
  environment?: Readonly<Record<string, string | undefined>>;
  signal?: AbortSignal;
};

/**
 * Runs a program to its end and answers what it wrote to its standard output.
 * @throws Error with the last line of its standard error where it fails; it says so where the program stalled or isn't there
 */
export function runProgram(command: string, args: readonly string[], options: ProgramOptions): Promise<string> {
  const { stallMs, onLine, environment, signal } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: environment,
      signal,
      killSignal: "SIGKILL",
    });
    const output = { stdout: "", stderr: "" };
    let stalled = false;
    const timer = setTimeout(() => {
      stalled = true;
      child.kill("SIGKILL");
    }, stallMs);
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        timer.refresh();
        output[stream] += text;
        for (const line of text.split(/[\r\n]+/)) if (line.trim() !== "") onLine?.(line.trim());
      });
    }
    child.once("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const told = signal?.reason instanceof Error ? signal.reason : error;
      reject(error.code === "ENOENT" ? new Error(`${command} was not found`) : told);
    });
    child.once("close", (code) => {
      clearTimeout(timer);
      if (code === 0) return resolve(output.stdout);
      const last = output.stderr.trim().split("\n").at(-1)?.trim();
      reject(new Error(stalled ? `no answer in ${stallMs / 1000} s` : last || `${command} ended with ${code}`));
    });
  });
}
