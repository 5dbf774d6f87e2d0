import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../log.js";
import type { HeldClaim } from "./claim.js";
import { EmbeddedError } from "./embedded-error.js";
import { findMongod } from "./find-mongod.js";
import type { Embedded, EmbeddedOptions } from "./open.js";
import { findPort, isFree } from "./port.js";

type RunClaimedOptions = EmbeddedOptions & Required<Pick<EmbeddedOptions, "leavingMs">>;

const pollMs = 100;

/** Where the database is, for the driver. */
export const uriOf = ({ port, replicaSet }: { port: number; replicaSet: string }) =>
  `mongodb://127.0.0.1:${port}/muster?replicaSet=${replicaSet}`;

/**
 * Runs the database under a claim that this process holds, and lets go of the claim where that fails.
 * @throws EmbeddedError that says what to do
 */
export async function runClaimed(
  held: HeldClaim,
  { dataDir, log, onProgress, find = findMongod, leavingMs }: RunClaimedOptions,
): Promise<Pick<Embedded, "uri" | "close">> {
  const { replicaSet, mongod: last } = held.state;
  const dbPath = join(dataDir, "mongodb");
  try {
    const mongod = await find({ onProgress });
    log.info(
      { path: mongod.path, version: mongod.version, from: mongod.from },
      `MongoDB ${mongod.version} from ${mongod.from}`,
    );
    const port = await settlePort(held.state.port, log, leavingMs);
    // only now: whoever joins needs nothing of mongodb-memory-server
    const { keepRunning } = await import("./keep-running.js");
    const running = await keepRunning({ mongod, dbPath, port, replicaSet, log, isCurrent: held.isCurrent }).catch(
      (error: Error) => {
        if (!last || last.version === mongod.version) throw error;
        throw new EmbeddedError(
          `${error.message}\nThe data were last used by MongoDB ${last.version}: set MONGOMS_SYSTEM_BINARY=${last.path}, or remove ${dbPath} to begin anew.`,
        );
      },
    );
    await held.update({ port, ready: true, mongod: { path: mongod.path, version: mongod.version } });
    return {
      uri: uriOf({ port, replicaSet }),
      async close() {
        // first, so that nobody joins a database that is about to end
        await held.release();
        await running.stop();
      },
    };
  } catch (error) {
    await held.release();
    throw error;
  }
}

/** The port of the last run as soon as it is free; another where a different program keeps it. */
async function settlePort(port: number, log: Log, patienceMs: number): Promise<number> {
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await delay(pollMs)) {
    if (await isFree(port)) return port;
  }
  const other = await findPort();
  log.warn(
    { port, other },
    "another program has the embedded database's port: it moves, and servers that joined it must be started again",
  );
  return other;
}
