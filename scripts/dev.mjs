// `npm run dev`: compiles on every change, and starts the server anew whenever that went without an error.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve("typescript/package.json")), "bin", "tsc");

const compiler = spawn(process.execPath, [tsc, "-p", "tsconfig.build.json", "--watch", "--preserveWatchOutput"], {
  stdio: ["ignore", "pipe", "inherit"],
  // a group of its own: tsc runs the compiler as a child, which would outlive it
  detached: process.platform !== "win32",
});
let server = null;
let turn = Promise.resolve();

/** One at a time: the old server has let go of its port and database before the new one asks for them. */
function restart() {
  turn = turn.then(async () => {
    await stopServer();
    server = spawn(process.execPath, ["dist/main.js"], { stdio: "inherit" });
  });
}

async function stopServer() {
  if (server === null || server.exitCode !== null || server.signalCode !== null) return;
  server.kill("SIGTERM");
  await once(server, "exit");
}

createInterface({ input: compiler.stdout }).on("line", (line) => {
  console.log(line);
  if (/Found 0 errors/.test(line)) restart();
});

let ending = false;
function end() {
  if (ending) return;
  ending = true;
  if (process.platform === "win32") compiler.kill();
  else process.kill(-compiler.pid, "SIGTERM");
  turn = turn.then(stopServer);
}
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, end);

// npm passes a signal on to its shell alone, which ends by it and leaves this behind
const shell = process.ppid;
setInterval(() => {
  if (process.ppid !== shell) end();
}, 500).unref();

compiler.once("exit", (code) => {
  process.exitCode = code ?? 0;
  turn = turn.then(stopServer);
});
