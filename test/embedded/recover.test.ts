import { readdir, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commandMongod } from "../../src/embedded/ask-mongod.js";
import { readClaim, takeClaim } from "../../src/embedded/claim.js";
import { EmbeddedError } from "../../src/embedded/embedded-error.js";
import { findMongod } from "../../src/embedded/find-mongod.js";
import { findPort } from "../../src/embedded/port.js";
import { runMongod } from "../../src/embedded/run-mongod.js";
import { createDataDir, portOf, withUsers } from "../support/data-dir.js";

describe.concurrent("the embedded database, after something went wrong,", { timeout: 90_000 }, () => {
  it("is started again by its server when it dies itself", async ({ onTestFinished }) => {
    const { open, start } = await createDataDir(onTestFinished);
    const owner = start();
    const { uri } = await owner.opened;
    const { pid } = (await commandMongod(portOf(uri), { serverStatus: 1 })) as { pid: unknown };
    process.kill(Number(pid), "SIGKILL");
    await owner.said(({ message }) => message === "the embedded database is back");
    expect(await open()).toMatchObject({ uri, joined: true, owner: owner.pid });
  });

  it("is taken over where the claim is left from before a restart of the machine", async ({ onTestFinished }) => {
    const { dataDir, open } = await createDataDir(onTestFinished);
    const port = await findPort();
    const file = join(dataDir, "mongod.4.json");
    // the parent is alive: its id stands for one that was given out anew
    await writeFile(file, JSON.stringify({ port, replicaSet: "muster-old", pid: process.ppid, ready: true }));
    await utimes(file, new Date(0), new Date(0));
    expect(await open()).toMatchObject({
      uri: `mongodb://127.0.0.1:${port}/muster?replicaSet=muster-old`,
      joined: false,
    });
    expect(await readdir(dataDir)).toEqual(["mongod.5.json", "mongodb"]);
  });

  it("is ended by the next start where nobody is left to end it", async ({ onTestFinished }) => {
    const { dataDir, open } = await createDataDir(onTestFinished);
    const port = await findPort();
    const orphan = await runMongod({
      mongod: await findMongod(),
      dbPath: join(dataDir, "mongodb"),
      port,
      replicaSet: "muster-orphan",
      onDeath: () => {},
    });
    onTestFinished(orphan.stop);
    const held = await takeClaim(dataDir, null, {
      port,
      replicaSet: "muster-orphan",
      pid: process.pid,
      ready: true,
      brief: false,
    });
    await held?.release();
    expect(await open({ leavingMs: 500 })).toMatchObject({
      uri: `mongodb://127.0.0.1:${port}/muster?replicaSet=muster-orphan`,
      joined: false,
    });
  });

  it("moves to another port where a different program has taken its own, and keeps its data", async ({
    onTestFinished,
  }) => {
    const { dataDir, open } = await createDataDir(onTestFinished);
    const first = await open();
    await withUsers(first.uri, (users) => users.insertOne({ email: "eve@example.com" }));
    await first.close();
    const squatter = createServer((socket) => socket.destroy()).listen(portOf(first.uri), "127.0.0.1");
    onTestFinished(() => void squatter.close());
    const second = await open({ leavingMs: 500 });
    expect(portOf(second.uri)).not.toBe(portOf(first.uri));
    expect(await withUsers(second.uri, (users) => users.countDocuments())).toBe(1);
    expect(await readClaim(dataDir)).toMatchObject({ port: portOf(second.uri), ready: true });
  });

  it("says what mongod says where it does not start, and lets go of the claim", async ({ onTestFinished }) => {
    const { dataDir, open } = await createDataDir(onTestFinished);
    await writeFile(join(dataDir, "mongodb"), "a file where the data should be");
    const opening = open();
    await expect(opening).rejects.toThrow(/mongodb/);
    expect(await readClaim(dataDir)).toMatchObject({ isAlive: false, pid: null });
  });

  it("says which MongoDB made the data where another can't read them", async ({ onTestFinished }) => {
    const { dataDir, open } = await createDataDir(onTestFinished);
    await takeClaim(dataDir, null, {
      port: await findPort(),
      replicaSet: "muster-newer",
      pid: null,
      ready: false,
      brief: false,
      mongod: { path: "/opt/newer/mongod", version: "99.0.0" },
    });
    const first = await open();
    await first.close();
    await writeFile(join(dataDir, "mongodb", "WiredTiger.wt"), "from the future");
    await writeFile(join(dataDir, "mongodb", "WiredTiger.turtle"), "from the future");
    const claim = await readClaim(dataDir);
    const later = await takeClaim(dataDir, claim, {
      ...(claim as NonNullable<typeof claim>),
      mongod: { path: "/opt/newer/mongod", version: "99.0.0" },
    });
    await later?.release();
    const opening = open();
    await expect(opening).rejects.toThrow(
      /did not start on .*\nThe data were last used by MongoDB 99\.0\.0: set MONGOMS_SYSTEM_BINARY=\/opt\/newer\/mongod, or remove .* to begin anew\./s,
    );
    await expect(opening).rejects.toBeInstanceOf(EmbeddedError);
  });

  it("is joined while the process that runs it is paused, however long that lasts", async ({ onTestFinished }) => {
    const { dataDir, start, open } = await createDataDir(onTestFinished);
    const owner = start();
    const { uri } = await owner.opened;
    process.kill(owner.pid, "SIGSTOP");
    const [file = ""] = (await readdir(dataDir)).filter((name) => name.endsWith(".json"));
    await utimes(join(dataDir, file), new Date(0), new Date(0));
    expect(await open()).toMatchObject({ uri, joined: true, owner: owner.pid });
  });
});
