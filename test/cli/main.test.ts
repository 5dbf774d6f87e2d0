import { readFile } from "node:fs/promises";
import { describe, expect, inject, it } from "vitest";
import { createDataDir, newDataDir, withUsers } from "../support/data-dir.js";
import { runProgram, startProgram } from "../support/program.js";

const muster = (args: string[], settings: Record<string, string> = {}) => runProgram("cli/main.js", args, settings);
const usersOf =
  (uri: string) =>
  <T>(use: Parameters<typeof withUsers<T>>[1]) =>
    withUsers<T>(uri, use);

/** A user of a test's own in the shared replica set. */
async function someone() {
  const email = `${crypto.randomUUID()}@example.com`;
  const users = usersOf(inject("mongoUri"));
  await users((collection) => collection.insertOne({ email, roles: [], scopes: [] }));
  return {
    email,
    find: () => users((collection) => collection.findOne({ email }, { projection: { _id: 0, roles: 1, scopes: 1 } })),
  };
}

describe.concurrent("the command muster", { timeout: 90_000 }, () => {
  it.each([[["help"]], [["--help"]], [["grant", "-h"]]])("shows its help for %j", async (args) => {
    const { code, stdout, stderr } = await muster(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const part of [
      "muster start",
      "muster grant EMAIL ROLE",
      "muster grant EMAIL --scope S",
      "muster help",
      "muster --version",
      "Exit codes: 0 done, 1 failed, 2 not understood.",
    ])
      expect(stdout).toContain(part);
  });

  it("shows the package's version", async () => {
    const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    expect(await muster(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  it.each([
    [[], "which command?"],
    [["grnat"], 'there is no command "grnat"'],
    [["start", "now"], "start takes no arguments"],
    [["grant", "ada@example.com"], "grant takes EMAIL ROLE"],
    [["grant", "ada@example.com", "admin", "editor"], "grant takes EMAIL ROLE"],
    [["grant", "ada@example.com", "admin", "--scope", "read"], "grant takes EMAIL ROLE"],
    [["grant", "ada@example.com", "not a role"], "a role or scope has 1 to 64"],
    [["grant", "ada@example.com", "--scop", "read"], "--scop"],
  ])("answers 2 to %j, and says why", async (args, why) => {
    const { code, stdout, stderr } = await muster(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^muster: .+\nTry: muster help\n$/s);
    expect(stderr).toContain(why);
  });

  it("grants a role, and says so when the user had it", async () => {
    const { email, find } = await someone();
    const grant = () => muster(["grant", email, "admin"], { MONGODB_URI: inject("mongoUri") });
    expect(await grant()).toEqual({ code: 0, stdout: `${email} has the role admin now.\n`, stderr: "" });
    expect(await grant()).toEqual({ code: 0, stdout: `${email} had the role admin already.\n`, stderr: "" });
    expect(await find()).toEqual({ roles: ["admin"], scopes: [] });
  });

  it("grants a scope", async () => {
    const { email, find } = await someone();
    const granted = await muster(["grant", email, "--scope", "posts:read"], { MONGODB_URI: inject("mongoUri") });
    expect(granted).toEqual({ code: 0, stdout: `${email} has the scope posts:read now.\n`, stderr: "" });
    expect(await find()).toEqual({ roles: [], scopes: ["posts:read"] });
  });

  it("answers 1 for somebody who has not signed up", async () => {
    const { code, stderr } = await muster(["grant", "nobody@example.com", "admin"], {
      MONGODB_URI: inject("mongoUri"),
    });
    expect({ code, stderr }).toEqual({ code: 1, stderr: "muster: nobody has signed up as nobody@example.com yet\n" });
  });

  it("answers 1 to wrong settings, one line a fault", async () => {
    const { code, stderr } = await muster(["grant", "ada@example.com", "admin"], { PORT: "x", MAX_SESSIONS: "0" });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        "muster: PORT: must be a whole number from 0 to 65535\nmuster: MAX_SESSIONS: must be a whole number from 1 to 1000\n",
    });
  });

  it("grants in the embedded database of a server that runs", async ({ onTestFinished }) => {
    const DATA_DIR = await newDataDir(onTestFinished);
    const server = startProgram({ DATA_DIR }, ["start"]);
    onTestFinished(async () => void (await server.end("SIGKILL")));
    const query =
      'mutation { signup(input: { email: "ada@example.com", password: "a long sentence of your own" }) { accessToken } }';
    await fetch(await server.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query }),
    });
    expect(await muster(["grant", "ADA@example.com", "admin"], { DATA_DIR })).toMatchObject({
      code: 0,
      stdout: "ADA@example.com has the role admin now.\n",
    });
    expect(await server.end()).toBe(0);
  });

  it("starts the embedded database for the moment where none runs", async ({ onTestFinished }) => {
    const { dataDir: DATA_DIR, open } = await createDataDir(onTestFinished);
    const database = await open();
    await withUsers(database.uri, (users) => users.insertOne({ email: "eve@example.com" }));
    await database.close();
    expect(await muster(["grant", "eve@example.com", "admin"], { DATA_DIR })).toEqual({
      code: 0,
      stdout: "eve@example.com has the role admin now.\n",
      stderr: "",
    });
    const { uri, joined } = await open();
    expect(joined).toBe(false);
    expect(await withUsers(uri, (users) => users.countDocuments({ roles: "admin" }))).toBe(1);
  });
});
