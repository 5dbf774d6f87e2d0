import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../log.js";
import { type Answer, askMongod, commandMongod } from "./ask-mongod.js";
import { type Claim, readClaim, takeClaim } from "./claim.js";
import { EmbeddedError } from "./embedded-error.js";
import type { findMongod } from "./find-mongod.js";
import { findPort } from "./port.js";
import { runClaimed, uriOf } from "./run-claimed.js";

export type EmbeddedOptions = {
  dataDir: string;
  log: Log;
  /** The database is needed for a moment only: a server that starts meanwhile waits instead of joining it. */
  brief?: boolean;
  /** Told, one line at a time, what is being downloaded. */
  onProgress?: (line: string) => void;
  find?: typeof findMongod;
  /** How long a database whose server has ended may take to end by itself, and its port to be free, in milliseconds. */
  leavingMs?: number;
};

export type Embedded = {
  uri: string;
  /** Whether another process runs the database; it ends with that one, and is back on the same port at its next start. */
  joined: boolean;
  /** The id of the process that runs it. */
  owner: number;
  /** Ends the database, data kept, where this process runs it. */
  close(): Promise<void>;
};

const pollMs = 100;

/** How long a database that was ready may let nobody in. */
const silentMs = 30_000;

/**
 * Opens the database that is kept in `dataDir`: joins the one that runs, waits for the one that is starting, or starts it.
 * @throws EmbeddedError that says what to do
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { dataDir, log, brief = false, leavingMs = 5_000 } = options;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  let waitedFor: number | null | undefined;
  let since = Date.now();
  for (;;) {
    const claim = await readClaim(dataDir);
    const step = claim ? nextStep(claim, await askMongod(claim), brief) : "take";
    if (claim?.pid && step === "join")
      return { uri: uriOf(claim), joined: true, owner: claim.pid, close: async () => {} };
    if (claim && step !== "take") {
      if (claim.pid !== waitedFor)
        log.info({ holder: claim.pid }, "waiting for the process that has the embedded database");
      // a start takes as long as it takes: it may have to download
      if (claim.pid !== waitedFor || (step === "wait" && !claim.ready)) since = Date.now();
      waitedFor = claim.pid;
      if (step === "wait" && Date.now() - since > silentMs)
        throw new EmbeddedError(
          `Process ${claim.pid} has the embedded database in ${dataDir} and lets nobody in: end it.`,
        );
      if (step === "outlast" && Date.now() - since > leavingMs)
        await commandMongod(claim.port, { shutdown: 1, force: true, timeoutSecs: 0 }).catch(() => {});
      await delay(pollMs);
      continue;
    }
    const held = await takeClaim(dataDir, claim, {
      port: claim?.port ?? (await findPort()),
      replicaSet: claim?.replicaSet ?? `muster-${randomBytes(4).toString("hex")}`,
      pid: process.pid,
      ready: false,
      brief,
      mongod: claim?.mongod,
    });
    if (held) return { ...(await runClaimed(held, { ...options, leavingMs })), joined: false, owner: process.pid };
  }
}

/**
 * What to do about a claim. It is stale where its process is gone, or shows no life and its database doesn't answer; a process
 * that is paused still has its database. A database whose process is gone is about to end: it is outlasted, then told to.
 */
function nextStep(
  { isAlive, isFresh, ready, brief: isBrief }: Claim,
  answer: Answer,
  brief: boolean,
): "join" | "wait" | "outlast" | "take" {
  const answers = answer === "primary";
  if (isAlive && ready && answers && (brief || !isBrief)) return "join";
  if (isAlive && (isFresh || answers)) return "wait";
  return answers ? "outlast" : "take";
}
