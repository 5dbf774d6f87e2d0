import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { type ClaimState, readClaim, takeClaim } from "../../src/embedded/claim.js";
import { EmbeddedError } from "../../src/embedded/embedded-error.js";

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "muster-claim-"));
});

const state = (change: Partial<ClaimState> = {}): ClaimState => ({
  port: 25_000,
  replicaSet: "muster-test",
  pid: process.pid,
  ready: false,
  brief: false,
  ...change,
});

/** The id of a process that has ended. */
const deadPid = () => spawnSync(process.execPath, ["-e", ""]).pid;

describe("the claim on the embedded database", () => {
  it("is taken by one of many that try at once", async () => {
    const taken = await Promise.all(Array.from({ length: 20 }, () => takeClaim(dataDir, null, state())));
    expect(taken.filter((held) => held !== null)).toHaveLength(1);
    expect(await readClaim(dataDir)).toMatchObject({
      number: 1,
      isAlive: true,
      isFresh: true,
      port: 25_000,
      replicaSet: "muster-test",
    });
    await taken.find((held) => held !== null)?.release();
  });

  it("is handed on, one holder at a time, through many rounds of a race", async () => {
    let holders = 0;
    const racer = async () => {
      for (let won = 0; won < 5; ) {
        const claim = await readClaim(dataDir);
        if (claim?.isAlive) continue;
        const held = await takeClaim(dataDir, claim, state());
        if (!held) continue;
        holders += 1;
        expect(holders).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        holders -= 1;
        await held.release();
        won += 1;
      }
    };
    await Promise.all(Array.from({ length: 6 }, racer));
    expect(await readClaim(dataDir)).toMatchObject({ number: 30, isAlive: false, pid: null });
    expect(await readdir(dataDir)).toEqual(["mongod.30.json"]);
  });

  it("can't be taken again by one who read an older one", async () => {
    const first = await takeClaim(dataDir, null, state());
    await first?.release();
    const seen = await readClaim(dataDir);
    const second = await takeClaim(dataDir, seen, state());
    await second?.release();
    const third = await takeClaim(dataDir, await readClaim(dataDir), state());
    expect(await takeClaim(dataDir, seen, state())).toBeNull();
    expect(await takeClaim(dataDir, null, state())).toBeNull();
    expect(await third?.isCurrent()).toBe(true);
    expect(await readdir(dataDir)).toEqual(["mongod.3.json"]);
    await third?.release();
  });

  it("is seen to be stale as soon as its process is gone; port and set name stay", async () => {
    await takeClaim(dataDir, null, state({ pid: deadPid(), ready: true, port: 25_123 }));
    expect(await readClaim(dataDir)).toMatchObject({ isAlive: false, port: 25_123, replicaSet: "muster-test" });
  });

  it("grows stale where nobody keeps it fresh: its process id is somebody else's now", async () => {
    await writeFile(join(dataDir, "mongod.7.json"), JSON.stringify(state({ pid: process.ppid })));
    expect(await readClaim(dataDir)).toMatchObject({ number: 7, isAlive: true, isFresh: true });
    const hourAgo = new Date(Date.now() - 3_600_000);
    await utimes(join(dataDir, "mongod.7.json"), hourAgo, hourAgo);
    expect(await readClaim(dataDir)).toMatchObject({ number: 7, isAlive: true, isFresh: false });
  });

  it("tells its holder when it was taken away", async () => {
    const slow = await takeClaim(dataDir, null, state());
    const fast = await takeClaim(dataDir, await readClaim(dataDir), state());
    expect(await slow?.isCurrent()).toBe(false);
    await slow?.update({ ready: true });
    expect(await readClaim(dataDir)).toMatchObject({ number: 2, ready: false });
    await Promise.all([slow?.release(), fast?.release()]);
  });

  it("says which file makes no sense", async () => {
    await writeFile(join(dataDir, "mongod.1.json"), "{");
    await expect(readClaim(dataDir)).rejects.toThrow(/mongod\.1\.json is not what Muster wrote there/);
    await expect(readClaim(dataDir)).rejects.toBeInstanceOf(EmbeddedError);
  });
});
