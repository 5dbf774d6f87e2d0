import { randomBytes } from "node:crypto";
import { link, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EmbeddedError } from "./embedded-error.js";

/** What the state file says of the embedded database. Port and set name are kept from one claim to the next. */
export type ClaimState = {
  port: number;
  replicaSet: string;
  /** The process that runs the database; null once it has let go. */
  pid: number | null;
  /** Whether the database has been seen answering. */
  ready: boolean;
  /** It runs for a moment only, for a command: not to be joined by a server, which would lose it. */
  brief: boolean;
  /** The binary that last ran on the data. */
  mongod?: { path: string; version: string };
};

/** A state file as it was read. */
export type Claim = ClaimState & {
  number: number;
  /** Whether a process with the holder's id runs. */
  isAlive: boolean;
  /** Whether the holder has shown life lately: ids are given out again after a restart of the machine. */
  isFresh: boolean;
};

/** The state file while it is this process's. */
export type HeldClaim = {
  state: ClaimState;
  update(change: Partial<ClaimState>): Promise<void>;
  /** Whether nobody has taken it away, holding this process for dead. */
  isCurrent(): Promise<boolean>;
  /** Lets go; what the state says of port and set name stays. */
  release(): Promise<void>;
};

const beatMs = 1_000;

/** Many beats: a busy holder misses some. */
const staleMs = 15_000;

const fileOf = (dataDir: string, number: number) => join(dataDir, `mongod.${number}.json`);

/** The newest claim in `dataDir`, held or not; null in a new one. @throws EmbeddedError where the file makes no sense */
export async function readClaim(dataDir: string): Promise<Claim | null> {
  for (;;) {
    const number = await newest(dataDir);
    if (number === 0) return null;
    try {
      const file = fileOf(dataDir, number);
      const { mtimeMs } = await stat(file);
      const state = parseState(await readFile(file, "utf8"), file);
      return {
        ...state,
        number,
        isAlive: state.pid !== null && isAlive(state.pid),
        isFresh: Math.abs(Date.now() - mtimeMs) < staleMs,
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
}

/**
 * Takes the claim that follows `previous`: an exclusive creation, so that of any number of processes one gets it.
 * Numbers only grow, and the newest file is never removed, so that none who read an older one can take it a second time.
 *
 * @returns null where another was faster
 */
export async function takeClaim(dataDir: string, previous: Claim | null, state: ClaimState): Promise<HeldClaim | null> {
  const number = (previous?.number ?? 0) + 1;
  const file = fileOf(dataDir, number);
  // linked when it is whole: nobody ever reads half of it
  const draft = await writeDraft(dataDir, state);
  try {
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return null;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
  if ((await newest(dataDir)) !== number) {
    await rm(file, { force: true });
    return null;
  }
  await removeOlder(dataDir, number);
  return hold(dataDir, number, state);
}

function hold(dataDir: string, number: number, initial: ClaimState): HeldClaim {
  const file = fileOf(dataDir, number);
  const beat = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), beatMs).unref();
  const isCurrent = async () => (await newest(dataDir)) === number;
  const held: HeldClaim = {
    state: initial,
    isCurrent,
    async update(change) {
      held.state = { ...held.state, ...change };
      if (await isCurrent()) await rename(await writeDraft(dataDir, held.state), file);
    },
    async release() {
      clearInterval(beat);
      await held.update({ pid: null, ready: false });
    },
  };
  return held;
}

async function newest(dataDir: string): Promise<number> {
  return Math.max(0, ...(await numbers(dataDir)));
}

async function numbers(dataDir: string): Promise<number[]> {
  return (await readdir(dataDir)).map((file) => Number(/^mongod\.(\d{1,15})\.json$/.exec(file)?.[1] ?? 0));
}

async function removeOlder(dataDir: string, number: number) {
  for (const older of await numbers(dataDir))
    if (older > 0 && older < number) await rm(fileOf(dataDir, older), { force: true });
}

async function writeDraft(dataDir: string, state: ClaimState): Promise<string> {
  const draft = join(dataDir, `.draft-${randomBytes(8).toString("hex")}`);
  await writeFile(draft, `${JSON.stringify(state)}\n`, { flag: "wx", mode: 0o600, flush: true });
  return draft;
}

function parseState(text: string, file: string): ClaimState {
  try {
    const {
      port,
      replicaSet,
      pid = null,
      ready = false,
      brief = false,
      mongod,
    } = JSON.parse(text) as Partial<ClaimState>;
    if (Number.isInteger(port) && typeof replicaSet === "string")
      return { port: port as number, replicaSet, pid, ready, brief, mongod };
  } catch {}
  throw new EmbeddedError(`${file} is not what Muster wrote there: remove the folder it stands in to begin anew.`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
