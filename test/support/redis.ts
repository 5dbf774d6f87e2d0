import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { loadMachine } from "../../src/config.js";
import { findRedis } from "../../src/embedded/find-redis.js";
import { findPort, isFree } from "../../src/embedded/port.js";
import { newDataDir } from "./data-dir.js";

/** A redis-server that a test may stop, continue, kill and start again, on the same port. */
export type RedisProcess = {
  url: string;
  port: number;
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** Ends it at once, and resolves when the process is gone; what it has not yet written to its disk is lost. */
  kill(): Promise<void>;
  /** Starts it again: with what it has on its disk. */
  start(): Promise<void>;
  /** Sends one command as `redis-cli` would, words between spaces, and gives the raw answer. */
  command(words: string): Promise<string>;
};

export type RedisProcessOptions = {
  /** What is kept on the disk: nothing, snapshots when `SAVE` is sent, or every command at once. */
  persistence?: "none" | "snapshots" | "appendonly";
  /** Further settings, such as `["--maxmemory-policy", "allkeys-lru"]`. */
  settings?: readonly string[];
};

const launchMs = 30_000;

/** Starts a redis-server on a port of its own on 127.0.0.1; it ends with the test. */
export async function startRedis(
  onFinished: (end: () => void | Promise<void>) => void,
  { persistence = "none", settings = [] }: RedisProcessOptions = {},
): Promise<RedisProcess> {
  const { path } = await findRedis({ onProgress: (line) => void process.stderr.write(`${line}\n`) });
  const folder = await newDataDir(onFinished);
  const port = await findPort();
  const appendonly = persistence === "appendonly" ? ["--appendonly", "yes", "--appendfsync", "always"] : [];
  const place = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--dbfilename", "dump.rdb"];
  let running: { pid: number; gone: Promise<unknown> } | null = null;

  const start = async () => {
    const child = spawn(path, [...place, "--save", "", ...appendonly, ...settings], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    const gone = once(child, "exit");
    for (const deadline = Date.now() + launchMs; !/Ready to accept connections/.test(said); await delay(10)) {
      if (child.exitCode !== null || Date.now() > deadline) throw new Error(`redis-server did not start:\n${said}`);
    }
    running = { pid: child.pid as number, gone };
  };
  const kill = async () => {
    if (!running) return;
    const { pid, gone } = running;
    running = null;
    process.kill(pid, "SIGKILL");
    await gone;
    while (!(await isFree(port))) await delay(10);
  };
  await start();
  onFinished(kill);
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    signal: (signal) => void process.kill(running?.pid as number, signal),
    kill,
    start,
    command: (words) => sendTo(port, words),
  };
}

/**
 * The address of a Redis that a test only talks to, under names of its own: the one that `REDIS_URL` names, else one started for it.
 */
export async function openTestRedis(onFinished: (end: () => void | Promise<void>) => void): Promise<string> {
  return loadMachine().environment.REDIS_URL || (await startRedis(onFinished)).url;
}

/** One command over a connection of its own, in the protocol's form for people. */
async function sendTo(port: number, words: string): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port });
  try {
    socket.setEncoding("utf8").end(`${words}\r\nQUIT\r\n`);
    let answer = "";
    for await (const text of socket) answer += text;
    return answer.replace(/\+OK\r\n$/, "").trim();
  } finally {
    socket.destroy();
  }
}
