import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

type Environment = Record<string, string>;

/** What a program needs of this process's environment; no setting of ours gets in from outside, and it listens on a free port. */
function environmentOf(settings: Environment): Environment {
  const { PATH = "", HOME = "", MONGOMS_SYSTEM_BINARY = "" } = process.env;
  return { PATH, HOME, MONGOMS_SYSTEM_BINARY, PORT: "0", ...settings };
}

const built = (file: string) => fileURLToPath(new URL(`../../dist/${file}`, import.meta.url));

/** Runs a built program to its end, which must come within a minute. */
export async function runProgram(file: "main.js" | "cli/main.js", args: string[], settings: Environment) {
  const child = spawn(process.execPath, [built(file), ...args], {
    env: environmentOf(settings),
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...output };
}

/**
 * Starts a built server in a process of its own, by the command line, or as `npm start` does; `url` resolves when it has said that it
 * listens, and `end` when nobody holds its output any more.
 */
export function startProgram(settings: Environment, args: string[] | "npm start" = []) {
  const command = args === "npm start" ? "npm" : process.execPath;
  const operands = args === "npm start" ? ["start"] : [built(args.length > 0 ? "cli/main.js" : "main.js"), ...args];
  const child = spawn(command, operands, {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    env: environmentOf(settings),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  const url = new Promise<string>((resolve, reject) => {
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output.stderr += text;
      const [, said] = /Muster is (?:ready|listening[^:]+): (\S+).+Ctrl-C ends it\./s.exec(output.stderr) ?? [];
      if (said) resolve(said);
    });
    void exited.then(() => reject(new Error(`The server ended: ${output.stderr}`)));
  });
  url.catch(() => {});
  return {
    pid: child.pid as number,
    output,
    url,
    /** Answers the exit code, or the signal that ended it. */
    async end(signal: NodeJS.Signals = "SIGTERM") {
      child.kill(signal);
      const [code, by] = await exited;
      return code ?? by;
    },
  };
}
