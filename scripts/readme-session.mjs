// Runs the session that the README shows: its blocks of code that begin with ```sh session. A line `# → text` after a command says
// what its output holds, `…` standing for anything. As a program it starts the server as the README does, and leaves curl to curl.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const address = "http://127.0.0.1:4000";
const separator = "\u001e";

/** The steps of the session: commands of the shell, and what the output of the last of them holds. */
export function sessionOf(markdown) {
  const steps = [];
  let commands = [];
  for (const [, block] of markdown.matchAll(/^```sh session\n(.*?)^```$/gms)) {
    for (const line of block.split("\n")) {
      const expected = /^# → (.*)$/.exec(line)?.[1];
      if (expected === undefined) {
        commands.push(line);
      } else {
        steps.push({ commands: commands.join("\n").trim(), expected });
        commands = [];
      }
    }
  }
  if (commands.join("").trim() !== "") steps.push({ commands: commands.join("\n").trim(), expected: "…" });
  return steps;
}

const patternOf = (expected) =>
  new RegExp(
    expected
      .split("…")
      .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"))
      .join(".*"),
    "s",
  );

/**
 * Runs the steps in one shell, so that variables stay.
 * @param origin where the server is, in place of the README's address
 * @param env the environment of the shell: its PATH decides what `curl` is
 * @returns what each step printed, and one line for each fault
 */
export async function runSession({ steps, origin, env }) {
  const script = steps.map(({ commands }) => `${commands}\nprintf '${separator}'`).join("\n");
  const shell = spawn("bash", ["-eu", "-o", "pipefail", "-c", script.replaceAll(address, origin)], { env });
  let [output, complaints] = ["", ""];
  shell.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
  });
  shell.stderr.setEncoding("utf8").on("data", (text) => {
    complaints += text;
  });
  shell.stdin.end();
  const code = await new Promise((resolve, reject) => shell.once("error", reject).once("close", resolve));
  const outputs = output.split(separator).map((text) => text.trim());
  const faults = steps.flatMap(({ commands, expected }, at) =>
    at < outputs.length - 1 && patternOf(expected).test(outputs[at])
      ? []
      : [`${commands}\n  expected: ${expected}\n  answered: ${outputs[at] ?? "nothing"}`],
  );
  if (code !== 0) faults.push(`the shell ended with ${code}: ${complaints.trim()}`);
  return { outputs, faults };
}

/** Starts the server with nothing set but a port of its own choice and a data folder. */
async function startServer(dataDir) {
  const unset = { NODE_ENV: "", MONGODB_URI: "", JWT_SECRET: "", JWT_PRIVATE_KEY_FILE: "" };
  const env = { ...process.env, ...unset, DATA_DIR: dataDir, PORT: "0" };
  const server = spawn(process.execPath, ["dist/main.js"], { cwd: root, env, stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise((resolve) => server.once("exit", resolve));
  const url = await new Promise((resolve, reject) => {
    void exited.then(() => reject(new Error("The server ended before it listened.")));
    createInterface({ input: server.stdout }).on("line", (line) => {
      const { msg, url } = JSON.parse(line);
      if (msg === "listening") resolve(url);
    });
  });
  return {
    origin: new URL(url).origin,
    async close() {
      server.kill("SIGTERM");
      await exited;
    },
  };
}

async function main() {
  const steps = sessionOf(readFileSync(join(root, "README.md"), "utf8"));
  if (steps.length === 0) throw new Error("README.md shows no session.");
  const dataDir = mkdtempSync(join(tmpdir(), "muster-readme-"));
  const server = await startServer(dataDir);
  try {
    const { faults } = await runSession({ steps, origin: server.origin, env: process.env });
    for (const fault of faults) console.error(fault);
    if (faults.length > 0) process.exitCode = 1;
    else console.log(`All ${steps.length} steps of the README answered as they should.`);
  } finally {
    await server.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
