import { spawn } from "node:child_process";

export type ProgramOptions = {
  /** Ended when it has neither printed anything nor been `alive` for so long, in milliseconds. */
  stallMs: number;
  /** Asked before it is ended as stalled; a truthy answer gives it another `stallMs`. */
  alive?: () => Promise<boolean>;
  onLine?: (line: string) => void;
  environment?: Readonly<Record<string, string | undefined>>;
};

/**
 * Runs a program to its end and answers what it wrote to its standard output.
 * @throws Error with the last line of its standard error where it fails, and says so where it stalled
 */
export function runProgram(command: string, args: readonly string[], options: ProgramOptions): Promise<string> {
  const { stallMs, alive, onLine, environment } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: environment });
    let stdout = "";
    let stderr = "";
    let stalled = false;
    const giveUp = async () => {
      if (await alive?.()) {
        timer.refresh();
        return;
      }
      stalled = true;
      child.kill("SIGKILL");
    };
    const timer = setTimeout(giveUp, stallMs);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      timer.refresh();
      stdout += text;
      for (const line of text.split(/[\r\n]+/)) if (line.trim() !== "") onLine?.(line.trim());
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      timer.refresh();
      stderr += text;
    });
    child.once("error", (error) => {
      clearTimeout(timer);
      reject((error as NodeJS.ErrnoException).code === "ENOENT" ? new Error(`${command} was not found`) : error);
    });
    child.once("close", (code) => {
      clearTimeout(timer);
      if (code === 0) return resolve(stdout);
      const last = stderr.trim().split("\n").at(-1)?.trim();
      reject(new Error(stalled ? `no answer in ${stallMs / 1000} s` : last || `${command} ended with ${code}`));
    });
  });
}
