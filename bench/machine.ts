import { execFile } from "node:child_process";
import { availableParallelism, loadavg, totalmem } from "node:os";
import { promisify } from "node:util";

/** What a figure was measured on, in general words. */
export type Machine = {
  cores: number;
  memoryGiB: number;
  node: string;
  mongodb: string;
  /** Of the replica set. */
  members: number;
  /** How many processes wanted a core in the minute before: near 0 means that nothing else ran. */
  loadBefore: number;
  at: string;
};

export function describeMachine({ version, members }: { version: string; members: number }): Machine {
  return {
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    mongodb: version,
    members,
    loadBefore: Math.round(loadavg()[0]! * 10) / 10,
    at: new Date().toISOString().slice(0, 10),
  };
}

export const machineLine = ({ cores, memoryGiB, node, mongodb, members, loadBefore, at }: Machine): string =>
  `${cores} virtual cores, ${memoryGiB} GiB of memory, Node ${node}, MongoDB ${mongodb} (${members === 1 ? "one member" : `${members} members`}); load average before the run ${loadBefore}; ${at}`;

/** Which cores the server has to itself, and which are for the rest: load and database. */
export type Cores = { server: string; rest: string } | null;

/** Two cores or more, and a system that can pin processes (Linux with `taskset`); else null, and everybody shares. */
export async function chooseCores(): Promise<Cores> {
  const count = availableParallelism();
  if (count < 2 || process.platform !== "linux") return null;
  const hasTaskset = await promisify(execFile)("taskset", ["--version"]).then(
    () => true,
    () => false,
  );
  return hasTaskset ? { server: "0", rest: `1-${count - 1}` } : null;
}

/** Moves a process and its threads to these cores. */
export async function pin(pid: number, cores: string): Promise<void> {
  await promisify(execFile)("taskset", ["-acp", cores, String(pid)]);
}
