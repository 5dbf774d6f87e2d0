import { setTimeout as delay } from "node:timers/promises";
import { type Granted, grantRole, grantScope } from "../accounts/grant.js";
import type { Config } from "../config.js";
import { silentLog } from "../log.js";
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
    const users = createUserStore({ connection });
    return await (kind === "role"
      ? grantRole({ users, email, role: name })
      : grantScope({ users, email, scope: name }));
  } finally {
    await close();
    await database.close();
  }
}

async function borrow(dataDir: string, onProgress?: (line: string) => void) {
  const { openEmbedded } = await import("../embedded/open.js");
  return openEmbedded({ dataDir, log: silentLog, brief: true, onProgress });
}
