import { readdir, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, inject, it } from "vitest";
import { askMongod } from "../src/embedded/ask-mongod.js";
import { readClaim } from "../src/embedded/claim.js";
import { findPort } from "../src/embedded/port.js";
import { newDataDir } from "./support/data-dir.js";
import { runProgram, startProgram } from "./support/program.js";

const goodSecret = "0123456789abcdef0123456789abcdef";

/** The status of an operation that needs the database. */
async function statusOfSignup(url: string) {
  const email = `${crypto.randomUUID()}@example.com`;
  const query = `mutation { signup(input: { email: "${email}", password: "a long sentence of your own" }) { accessToken } }`;
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  return answer.status;
}

async function untilStatus(url: string, status: number) {
  for (let seen = 0; seen !== status; await delay(100)) seen = await statusOfSignup(url);
}

describe.concurrent("the server process", { timeout: 90_000 }, () => {
  it("starts with no configuration, says what it chose and how to sign up, and ends in order", async ({
    onTestFinished,
  }) => {
    const dataDir = await newDataDir(onTestFinished);
    const server = startProgram({ DATA_DIR: dataDir });
    onTestFinished(async () => void (await server.end("SIGKILL")));
    const url = await server.url;
    expect(server.output.stderr).toContain(`Muster is ready: ${url}`);
    expect(server.output.stderr).toContain(`database  embedded, kept in ${dataDir}`);
    expect(server.output.stderr).toContain("mode      for trying out");
    expect(server.output.stderr).toContain("strategy  session-list");
    expect(server.output.stderr).toContain(`keys      ES256, made now and kept in ${dataDir}`);
    const [, body = ""] = /--data '(.+)'/.exec(server.output.stderr) ?? [];
    await untilStatus(url, 200);
    const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
    expect(await answer.json()).toEqual({
      data: { signup: { accessToken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) } },
    });
    const claim = await readClaim(dataDir);
    expect(await server.end("SIGINT")).toBe(0);
    expect(claim && (await askMongod(claim))).toBe("nobody");
  });

  it("shares the database of another that runs; without that one it answers 503, and again when it is back", {
    timeout: 60_000,
  }, async ({ onTestFinished }) => {
    const DATA_DIR = await newDataDir(onTestFinished);
    const start = () => {
      const server = startProgram({ DATA_DIR });
      onTestFinished(async () => void (await server.end("SIGKILL")));
      return server;
    };
    const owner = start();
    await owner.url;
    const joiner = start();
    const url = await joiner.url;
    expect(joiner.output.stderr).toContain(`embedded, run by process ${owner.pid}`);
    await untilStatus(url, 200);
    expect(await owner.end("SIGKILL")).toBe("SIGKILL");
    await untilStatus(url, 503);
    await start().url;
    await untilStatus(url, 200);
  });

  it("ends in order with the npm that started it, whose signal its shell keeps to itself", async ({
    onTestFinished,
  }) => {
    const DATA_DIR = await newDataDir(onTestFinished);
    const npm = startProgram({ DATA_DIR, MONGODB_URI: inject("mongoUri"), JWT_SECRET: goodSecret }, "npm start");
    onTestFinished(async () => void (await npm.end("SIGKILL")));
    const url = await npm.url;
    await npm.end("SIGTERM");
    await expect(fetch(url)).rejects.toThrow();
    expect(npm.output.stdout).toContain('"msg":"ended"');
  });

  it("stops at wrong settings, one line a fault and no stack", async () => {
    const { code, stdout, stderr } = await runProgram("main.js", [], {
      PORT: "4000x",
      LOG_LEVEL: "loud",
      NODE_ENV: "production",
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr.trimEnd().split("\n")).toEqual([
      "muster: PORT: must be a whole number from 0 to 65535",
      expect.stringMatching(/^muster: LOG_LEVEL: must be one of /),
      expect.stringMatching(/^muster: MONGODB_URI: must be set where NODE_ENV is production/),
      expect.stringMatching(/^muster: JWT_SECRET, JWT_PRIVATE_KEY_FILE: one of them must be set/),
    ]);
  });

  it("makes nothing in the data folder where production is not configured", async ({ onTestFinished }) => {
    const DATA_DIR = await newDataDir(onTestFinished);
    expect(await runProgram("main.js", [], { DATA_DIR, NODE_ENV: "production" })).toMatchObject({ code: 1 });
    expect(await readdir(DATA_DIR)).toEqual([]);
  });

  it.for([
    ["is not there", null, /can't be read \(ENOENT\)/],
    ["holds no key", "not a key", /must be an unencrypted private key/],
  ] as const)("stops where the key file %s", async ([, content, fault], { onTestFinished }) => {
    const file = join(await newDataDir(onTestFinished), "key.pem");
    if (content !== null) await writeFile(file, content);
    const { code, stderr } = await runProgram("main.js", [], {
      MONGODB_URI: inject("mongoUri"),
      JWT_PRIVATE_KEY_FILE: file,
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^muster: JWT_PRIVATE_KEY_FILE: [^\n]+\n$/);
    expect(stderr).toMatch(fault);
  });

  it("says it where another program has the port, and leaves no database behind", async ({ onTestFinished }) => {
    const squatter = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void squatter.close());
    await new Promise((resolve) => squatter.once("listening", resolve));
    const { port } = squatter.address() as AddressInfo;
    const DATA_DIR = await newDataDir(onTestFinished);
    const { code, stderr } = await runProgram("main.js", [], { PORT: String(port), DATA_DIR });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `muster: HOST, PORT: 127.0.0.1:${port}: another program listens there already: end it, or choose another PORT\n`,
    });
    const claim = await readClaim(DATA_DIR);
    expect(claim && (await askMongod(claim))).toBe("nobody");
  });

  it("says that it is not ready where its database can't be reached", async ({ onTestFinished }) => {
    const port = await findPort();
    const server = startProgram({ MONGODB_URI: `mongodb://127.0.0.1:${port}/muster`, JWT_SECRET: goodSecret });
    onTestFinished(async () => void (await server.end("SIGKILL")));
    const url = await server.url;
    expect(server.output.stderr).toContain(
      `Muster is listening, and answers 503 until its stores can be reached: ${url}\n`,
    );
    await untilStatus(url, 503);
  });

  it("does not repeat the password of an address that the driver does not take", async () => {
    const { code, stderr } = await runProgram("main.js", [], {
      MONGODB_URI: "mongodb://ada:canary@127.0.0.1/?colour=mauve",
      JWT_SECRET: goodSecret,
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^muster: MONGODB_URI [^\n]+\n$/);
    expect(stderr).not.toContain("canary");
  });

  it("starts no database and makes no key where it is given both", async ({ onTestFinished }) => {
    const DATA_DIR = await newDataDir(onTestFinished);
    const server = startProgram({ DATA_DIR, MONGODB_URI: inject("mongoUri"), JWT_SECRET: goodSecret });
    onTestFinished(async () => void (await server.end("SIGKILL")));
    await untilStatus(await server.url, 200);
    expect(server.output.stderr).toContain("database  the one that MONGODB_URI names");
    expect(await readdir(DATA_DIR)).toEqual([]);
  });
});
