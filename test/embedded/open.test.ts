import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import mongoose from "mongoose";
import { describe, expect, it, vi } from "vitest";
import { askMongod } from "../../src/embedded/ask-mongod.js";
import { findMongod } from "../../src/embedded/find-mongod.js";
import { createDataDir, portOf, withUsers } from "../support/data-dir.js";

/** Waits until nobody answers on the database's port any more, and says how long that took. */
async function timeToEnd(uri: string) {
  const since = Date.now();
  while ((await askMongod({ port: portOf(uri), replicaSet: "" })) !== "nobody") await delay(50);
  return Date.now() - since;
}

/** A mongod that stands still for 2.5 seconds at the moment when it says that it waits for connections. */
const busyMongod = (path: string) => `#!${process.execPath}
const child = require("node:child_process").spawn(${JSON.stringify(path)}, process.argv.slice(2));
child.stdout.on("data", (text) => {
  if (String(text).includes("Waiting for connections")) {
    child.kill("SIGSTOP");
    setTimeout(() => child.kill("SIGCONT"), 2500);
  }
  process.stdout.write(text);
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code) => process.exit(code ?? 1));
`;

describe.concurrent("the embedded database", { timeout: 90_000 }, () => {
  it("is started by one of several processes that begin at once, and joined by the others", async ({
    onTestFinished,
  }) => {
    const { start } = await createDataDir(onTestFinished);
    const opened = await Promise.all([start(), start(), start()].map(({ opened }) => opened));
    expect(opened.filter(({ joined }) => !joined)).toHaveLength(1);
    expect(new Set(opened.map(({ uri }) => uri))).toHaveLength(1);
    expect(new Set(opened.map(({ owner }) => owner))).toHaveLength(1);
  });

  it("ends with its server even when that is killed; joiners find it back on its port with its data", async ({
    onTestFinished,
  }) => {
    const { start } = await createDataDir(onTestFinished);
    const owner = start();
    const { uri } = await owner.opened;
    const joiner = await mongoose.mongo.MongoClient.connect(uri, { serverSelectionTimeoutMS: 10_000 });
    onTestFinished(() => joiner.close());
    const users = joiner.db().collection("users");
    await users.insertOne({ email: "ada@example.com" }, { writeConcern: { w: "majority", j: true } });
    await owner.end("SIGKILL");
    expect(await timeToEnd(uri)).toBeLessThan(10_000);
    const successor = await start().opened;
    expect(successor).toMatchObject({ uri, joined: false });
    expect(await users.findOne({}, { projection: { _id: 0 } })).toEqual({ email: "ada@example.com" });
  });

  it("is there at once for whoever starts while its killed server's is still ending", async ({ onTestFinished }) => {
    const { start } = await createDataDir(onTestFinished);
    const owner = start();
    const { uri } = await owner.opened;
    await owner.end("SIGKILL");
    const successor = start();
    expect(await successor.opened).toEqual({ uri, joined: false, owner: successor.pid });
  });

  it("keeps data, port and set name when it was ended in order", async ({ onTestFinished }) => {
    const { open } = await createDataDir(onTestFinished);
    const first = await open();
    await withUsers(first.uri, (users) => users.insertOne({ email: "bea@example.com" }));
    await first.close();
    expect(await askMongod({ port: portOf(first.uri), replicaSet: "" })).toBe("nobody");
    const second = await open();
    expect(second).toMatchObject({ uri: first.uri, joined: false, owner: process.pid });
    expect(await withUsers(second.uri, (users) => users.countDocuments())).toBe(1);
  });

  it("is not joined by a server while a command has it for a moment", async ({ onTestFinished }) => {
    const { start } = await createDataDir(onTestFinished);
    const command = start({ brief: true });
    await command.opened;
    const server = start();
    await server.said(({ message }) => message === "waiting for the process that has the embedded database");
    const other = start({ brief: true });
    expect(await other.opened).toMatchObject({ joined: true, owner: command.pid });
    await command.end();
    expect(await server.opened).toMatchObject({ joined: false, owner: server.pid });
  });
});

it("waits for a database whose machine is so busy that it does not answer for seconds", {
  timeout: 60_000,
}, async ({ onTestFinished }) => {
  const { dataDir, open } = await createDataDir(onTestFinished);
  const path = join(dataDir, "busy-mongod");
  await writeFile(path, busyMongod((await findMongod()).path), { mode: 0o700 });
  vi.stubEnv("MONGOMS_SYSTEM_BINARY", path);
  onTestFinished(() => void vi.unstubAllEnvs());
  const { uri } = await open();
  expect(await withUsers(uri, (users) => users.countDocuments())).toBe(0);
});
