import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { normalizeEmail } from "../accounts/email.js";
import { assembleParts } from "../assemble.js";
import type { Config } from "../config.js";
import { silentLog } from "../log.js";
import type { Parts } from "../parts.js";
import { openConnection } from "../store/connect.js";

export type DeploymentOptions = { config: Config; onProgress?: (line: string) => void };

const patienceMs = 10_000;

/**
 * Does something with the parts of the deployment that the configuration names, or of the embedded one, running or not. Running servers have
 * forgotten what was changed when this has returned.
 *
 * @throws Error where the database can't be reached, EmbeddedError
 */
export async function withDeployment<T>(
  { config, onProgress }: DeploymentOptions,
  use: (parts: Parts) => Promise<T>,
): Promise<T> {
  const database = config.mongodbUri
    ? { uri: config.mongodbUri, close: async () => {} }
    : await borrow(config.dataDir, onProgress);
  const { connection, opened, close } = openConnection(database.uri);
  try {
    const reached = await Promise.race([opened.then(() => true), delay(patienceMs, false, { ref: false })]);
    if (!reached) throw new Error("The database does not answer.");
    // no token is made or looked at here, so any key will do; nothing is started, so nothing is remembered
    const secret = randomBytes(32).toString("hex");
    const assembled = assembleParts({ ...config, connection, feedConnection: connection, secret });
    return await use(assembled.parts).finally(assembled.close);
  } finally {
    await close();
    await database.close();
  }
}

/**
 * Sees to it that what this command ends is what the servers judge by.
 * @throws Error where they judge otherwise, with what to do; MusterError `STORE_UNREACHABLE`
 */
export async function refuseOtherStrategy({ strategyNote }: Pick<Parts, "strategyNote">): Promise<void> {
  const { ours } = strategyNote;
  const theirs = await strategyNote.read();
  if (theirs === null || theirs === ours) return;
  throw new Error(
    `The servers of this database judge tokens by ${theirs}, this command by ${ours}: what it ended would live on there. Set REVOCATION_STRATEGY, and the store, as they have it.`,
  );
}

/** The id of the user with this e-mail address; null where there is none. @throws MusterError `STORE_UNREACHABLE` */
export async function findUserId({ users }: Pick<Parts, "users">, email: string): Promise<string | null> {
  const address = normalizeEmail(email);
  const user = address === null ? null : await users.find({ [users.fields.email]: address }, { fields: [] });
  return user && String(user._id);
}

async function borrow(dataDir: string, onProgress?: (line: string) => void) {
  const { openEmbedded } = await import("../embedded/open.js");
  return openEmbedded({ dataDir, log: silentLog, brief: true, onProgress });
}
