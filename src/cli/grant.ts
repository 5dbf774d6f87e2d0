import { setTimeout as delay } from "node:timers/promises";
import type { Connection } from "mongoose";
import { type Granted, grantRole, grantScope } from "../accounts/grant.js";
import { createLeases, defaultLeaseSettings } from "../auth-state/leases.js";
import { systemClock } from "../clock.js";
import type { Config } from "../config.js";
import { silentLog } from "../log.js";
import { createRoll } from "../sessions/roll.js";
import { defaultSessionRules } from "../sessions/rules.js";
import { createWriteUser } from "../sessions/write.js";
import { openConnection } from "../store/connect.js";
import { createUserStore } from "../store/users.js";

export type GrantOptions = {
  config: Config;
  email: string;
  /** What is given: a role or a scope, by its name. */
  kind: "role" | "scope";
  name: string;
  onProgress?: (line: string) => void;
};

const patienceMs = 10_000;

/**
 * Gives a user a role or scope in the database that the configuration names, or in the embedded one, running or not.
 * @throws Error where the database can't be reached, EmbeddedError
 */
export async function grant({ config, email, kind, name, onProgress }: GrantOptions): Promise<Granted> {
  const database = config.mongodbUri
    ? { uri: config.mongodbUri, close: async () => {} }
    : await borrow(config.dataDir, onProgress);
  const { connection, opened, close } = openConnection(database.uri);
  try {
    const reached = await Promise.race([opened.then(() => true), delay(patienceMs, false, { ref: false })]);
    if (!reached) throw new Error("The database does not answer.");
    const by = createGrantor(connection);
    return await (kind === "role" ? grantRole(by, { email, role: name }) : grantScope(by, { email, scope: name }));
  } finally {
    await close();
    await database.close();
  }
}

/** Running servers have forgotten what the user was when this has returned. */
function createGrantor(connection: Connection) {
  const users = createUserStore({ connection });
  const { waitForAll } = createLeases({ users, control: connection, settings: defaultLeaseSettings });
  return {
    users,
    write: createWriteUser({ users, roll: createRoll(defaultSessionRules, systemClock), strategy: {}, waitForAll }),
  };
}

async function borrow(dataDir: string, onProgress?: (line: string) => void) {
  const { openEmbedded } = await import("../embedded/open.js");
  return openEmbedded({ dataDir, log: silentLog, brief: true, onProgress });
}
