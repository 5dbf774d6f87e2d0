import { randomBytes } from "node:crypto";
import mongoose from "mongoose";
import { expect, inject, it, onTestFinished } from "vitest";
import { changePassword } from "../../src/accounts/change-password.js";
import { grantRole } from "../../src/accounts/grant.js";
import { listSessions } from "../../src/accounts/list-sessions.js";
import { listUsers } from "../../src/accounts/list-users.js";
import { login } from "../../src/accounts/login.js";
import { logoutEverywhere } from "../../src/accounts/logout-everywhere.js";
import { refresh } from "../../src/accounts/refresh.js";
import { signup } from "../../src/accounts/signup.js";
import { assembleMuster } from "../../src/muster.js";
import { openTestDatabase } from "../../src/testing/database.js";

type Command = {
  name: string;
  what: string;
  readConcern?: { level?: string };
  writeConcern?: { w?: unknown; j?: unknown };
  $readPreference?: { mode: string };
};

/** A connection whose every default is the wrong one, and what is sent by it. */
async function openCarelessly(uri: string, commands: Command[]) {
  const careless = new URL(uri);
  const defaults = { readPreference: "secondaryPreferred", readConcernLevel: "local", w: "0" };
  for (const [name, value] of Object.entries(defaults)) careless.searchParams.set(name, value);
  const connection = await mongoose
    .createConnection(careless.href, { monitorCommands: true, autoIndex: false })
    .asPromise();
  connection
    .getClient()
    .on("commandStarted", ({ commandName: name, command }) =>
      commands.push({ ...(command as Command), name, what: `${name} ${command[name]}` }),
    );
  onTestFinished(() => connection.close(true));
  return connection;
}

const writes = new Set(["findAndModify", "update", "insert", "delete", "createIndexes"]);
const reads = new Set(["find", "aggregate", "count", "distinct", "listIndexes"]);
const isOfData = ({ name }: Command) => writes.has(name) || reads.has(name);

/** How sure an answer to a command is. */
function levelOf({ name, readConcern, writeConcern, $readPreference }: Command): string {
  if (writes.has(name))
    return writeConcern?.w === "majority" && writeConcern.j ? "majority, journal" : `w: ${writeConcern?.w}`;
  const level = readConcern?.level === undefined ? "" : `${readConcern.level}, `;
  return `${level}of ${$readPreference ? $readPreference.mode : "the primary"}`;
}

it("asks with its own concerns and of the primary, whatever the connection's defaults", async () => {
  const database = await openTestDatabase(inject("mongoUri"));
  onTestFinished(database.close);
  const commands: Command[] = [];
  const { muster, parts } = assembleMuster({
    connection: await openCarelessly(database.uri, commands),
    feedConnection: await openCarelessly(database.uri, commands),
    secret: randomBytes(32).toString("hex"),
    hashing: { memoryKiB: 64, timeCost: 1 },
  });
  onTestFinished(() => muster.close());
  await muster.ready();

  const client = { ip: null, userAgent: null };
  const [email, password, newPassword] = ["ada@test.example", "a long sentence for tests", "another long sentence"];
  await signup(parts, { email, password }, client);
  const { refreshToken } = await login(parts, { email, password }, client);
  const { accessToken } = await refresh(parts, refreshToken, client);
  const admit = async (token: string) => {
    const admission = await parts.authenticate.token(token);
    if (admission.outcome !== "admit") throw admission.error;
    return admission;
  };
  const asker = await admit(accessToken);
  parts.touch.note({ userKey: asker.state.key, sessionId: asker.claims.sid, lastUsedAtMs: 0 });
  await parts.touch.flush();
  await listSessions(parts, asker.state, {});
  await listUsers(parts, { filter: {} });
  await grantRole(parts, { email, role: "admin" });
  const input = { currentPassword: password, newPassword, logoutEverywhere: false };
  const changed = await changePassword(parts, asker, input, client);
  await logoutEverywhere(parts, await admit(changed.accessToken));
  await muster.ping();
  await parts.leases.countInstances();
  await muster.close();

  const asked = new Set(commands.filter(isOfData).map((command) => `${command.what}: ${levelOf(command)}`));
  // what others have applied, which is asked where they have not at once
  asked.delete("find muster_instances: local, of the primary");
  expect([...asked].sort()).toEqual([
    "aggregate 1: majority, of the primary",
    "aggregate muster_instances: majority, of the primary",
    "createIndexes users: majority, journal",
    "delete muster_instances: majority, journal",
    "find muster_instances: majority, of the primary",
    "find users: majority, of the primary",
    "findAndModify users: majority, journal",
    "listIndexes users: of the primary",
    "update muster_instances: majority, journal",
    "update muster_instances: w: 1",
    "update users: majority, journal",
  ]);
});
