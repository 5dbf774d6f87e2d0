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
    const { state, ...admitted } = admission;
    if (!state) throw new Error("The user was not looked at.");
    return { ...admitted, state };
  };
  const asker = await admit(accessToken);
  parts.touch.note({ userKey: asker.state.key, sessionId: asker.claims.sid, lastUsedAtMs: 0 });
  await parts.touch.flush();
  await listSessions(parts, asker, {});
  await listUsers(parts, { filter: {} });
  await grantRole(parts, { email, role: "admin" });
  const input = { currentPassword: password, newPassword, logoutEverywhere: false };
  const changed = await changePassword(parts, asker, input, client);
  await logoutEverywhere(parts, await admit(changed.accessToken));
  await muster.ping();
  await parts.leases.countInstances();
  await muster.close();

  const asked = new Set(commands.filter(isOfData).map((command) => `${command.what}: ${levelOf(command)}`));
  for (const what of ["createIndexes users", "findAndModify users", "update users", "update muster_instances"])
    expect(asked).toContain(`${what}: majority, journal`);
  for (const what of ["find users", "find muster_instances", "aggregate muster_instances"])
    expect(asked).toContain(`${what}: majority, of the primary`);
  const others = [...asked].filter((line) => !/: majority, (?:journal|of the primary)$/.test(line));
  expect([
    "listIndexes users: of the primary",
    // what an instance has applied is true as soon as it says so
    "update muster_instances: w: 1",
    "find muster_instances: local, of the primary",
  ]).toEqual(expect.arrayContaining(others));
});
