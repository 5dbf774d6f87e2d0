import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Sabotage } from "../../src/auth-state/leases.js";
import type { Config } from "../../src/config.js";
import type { Barrier } from "./barrier.js";

/** One server in a process of its own. */
export type ServerProcess = {
  url: string;
  pid: number;
  /** Stops the process as it is, or lets it go on. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** Sets its wall clock so far ahead of the true one; behind it where this is below 0. */
  setClock(aheadMs: number): Promise<void>;
  /** Lets its monotonic clock stand still, as that of a virtual machine that sleeps, or go on from where it stood. */
  stopMonotonicClock(stopped: boolean): Promise<void>;
  /** Ends it and resolves when it is gone; SIGTERM lets it drain. */
  end(signal?: NodeJS.Signals): Promise<void>;
};

export type ServerProcessOptions = {
  barrier?: Barrier | undefined;
  /** Which rules it leaves out. */
  sabotage?: Sabotage | undefined;
};

/** So cheap that a race is one of servers and not of hashes; a server of its own never takes it from the environment. */
const hashing = { memoryKiB: 64, timeCost: 1, parallelism: 1 };

const program = fileURLToPath(new URL("server-child.mjs", import.meta.url));

type Said = { url?: string; pass?: string; id?: number; done?: number };

/** Starts one instance, which is ready for use. What it logs appears in the test's output. */
export async function startServerProcess(
  config: Config,
  { barrier, sabotage }: ServerProcessOptions = {},
): Promise<ServerProcess> {
  const child = fork(program, { execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const exited = once(child, "exit");
  const asked = new Map<number, () => void>();
  let count = 0;
  const listening = new Promise<string>((resolve, reject) => {
    child.on("message", ({ url, pass, id, done }: Said) => {
      if (url !== undefined) resolve(url);
      if (pass !== undefined) void barrier?.pass(pass).then(() => child.connected && child.send({ go: id }));
      if (done !== undefined) asked.get(done)?.();
    });
    void exited.then(([code, signal]) =>
      reject(new Error(`The server ended with ${code ?? signal} before it listened.`)),
    );
  });
  const ask = (clock: { aheadMs: number } | { stopped: boolean }) =>
    new Promise<void>((resolve) => {
      asked.set(++count, resolve);
      child.send({ clock, id: count });
    });
  const end = async (signal: NodeJS.Signals = "SIGKILL") => {
    child.kill(signal);
    await exited;
  };
  try {
    child.send({ start: { config, hashing, hasBarrier: barrier !== undefined, sabotage } });
    const url = await listening;
    await becomesReady(url);
    return {
      url,
      pid: child.pid as number,
      signal: (signal) => void child.kill(signal),
      setClock: (aheadMs) => ask({ aheadMs }),
      stopMonotonicClock: (stopped) => ask({ stopped }),
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Resolves when a server is ready: it listens before the database has been prepared, and until then answers 503. */
export async function becomesReady(url: string) {
  const isReady = async () => (await fetch(new URL("/health/ready", url))).ok;
  while (!(await isReady())) await delay(50);
}
