import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import { startTestServer, type TestClient, type TestServer } from "../../src/testing/index.js";
import { type Operator, openOperator } from "../support/operator.js";
import { refused, tryAccess, tryRefresh } from "../support/outcome.js";
import { runProgram } from "../support/program.js";

let server: TestServer;
/** A deployment whose strategy judges by a number on the user. */
let counting: TestServer;
let operator: Operator;
beforeAll(async () => {
  [server, counting] = await Promise.all([
    startTestServer({ mongodbUri: inject("mongoUri") }),
    startTestServer({ mongodbUri: inject("mongoUri"), settings: { strategy: "token-version" } }),
  ]);
  operator = await openOperator(server.mongodbUri);
});
afterAll(async () => {
  await operator?.close();
  await counting?.close();
  await server?.close();
});

const muster = (args: string[], { mongodbUri }: TestServer = server, settings: Record<string, string> = {}) =>
  runProgram("cli/main.js", args, { MONGODB_URI: mongodbUri, ...settings });
const done = (...lines: string[]) => ({ code: 0, stdout: lines.map((line) => `${line}\n`).join(""), stderr: "" });
const failed = (why: string) => ({ code: 1, stdout: "", stderr: `muster: ${why}\n` });
const worthOf = async ({ url, accessToken, refreshToken }: TestClient) => [
  await tryAccess(url, accessToken),
  await tryRefresh(url, refreshToken),
];
const alive = ["ok", "ok"];
const dead = [refused("SESSION_REVOKED"), refused("REFRESH_INVALID")];
const databaseOf = ({ mongodbUri }: TestServer) => new URL(mongodbUri).pathname.slice(1);

describe("the command muster", { timeout: 60_000 }, () => {
  it("lists the sessions of a user, and what a client calls itself moves no cursor", async () => {
    const phone = await server.signUp();
    const laptop = await phone.login({ deviceName: "laptop\u001b[2J\u009b2J" });
    const { code, stdout, stderr } = await muster(["sessions", phone.email]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const lines = stdout.trimEnd().split("\n");
    expect(lines.map((line) => line.split("  ")[0])).toEqual([
      "Sessions: 2.",
      laptop.credentials.session.id,
      phone.credentials.session.id,
    ]);
    expect(lines[1]).toMatch(/ {2}"laptop\\u001b\[2J\?2J"$/);
    await muster(["revoke", "user", phone.email]);
    expect(await muster(["sessions", phone.email])).toEqual(done("Sessions: 0."));
  });

  it("revokes one session of a user, and is done when every server refuses it", async () => {
    const phone = await server.signUp();
    const laptop = await phone.login();
    const id = phone.credentials.session.id;
    expect(await muster(["revoke", "session", phone.email, id])).toEqual(done("Sessions ended: 1."));
    expect(await worthOf(phone)).toEqual(dead);
    expect(await worthOf(laptop)).toEqual(alive);
    expect(await muster(["revoke", "session", phone.email, id])).toEqual(done("Sessions ended: 0."));
  });

  it("revokes all sessions of a user, and by a date those of that time", async () => {
    const phone = await server.signUp();
    expect(await muster(["revoke", "user", phone.email, "--issued-before", "2020-01-31"])).toEqual(
      done("Sessions ended: 0."),
    );
    expect(await worthOf(phone)).toEqual(alive);
    const now = new Date().toISOString();
    expect(await muster(["revoke", "user", phone.email, "--issued-before", now])).toEqual(done("Sessions ended: 1."));
    const again = await phone.login();
    expect(await muster(["revoke", "user", phone.email.toUpperCase()])).toEqual(done("Sessions ended: 1."));
    for (const client of [phone, again]) expect(await worthOf(client)).toEqual(dead);
  });

  it("writes what the deployment's strategy judges by", async () => {
    const settings = { REVOCATION_STRATEGY: "token-version" };
    const phone = await counting.signUp();
    // without it, it would write what nobody there judges by
    const unaware = await muster(["revoke", "user", phone.email], counting);
    expect(unaware).toMatchObject({ code: 1, stdout: "" });
    expect(unaware.stderr).toMatch(
      /^muster: The servers of this database judge tokens by token-version, this command by /,
    );
    expect(await worthOf(phone)).toEqual(alive);
    const id = phone.credentials.session.id;
    const one = await muster(["revoke", "session", phone.email, id], counting, settings);
    expect(one).toMatchObject({ code: 1, stdout: "" });
    expect(one.stderr).toMatch(/^muster: The strategy token-version can't end these access tokens: they live until /);
    expect(await worthOf(phone)).toEqual(["ok", refused("REFRESH_INVALID")]);
    expect((await muster(["revoke", "user", phone.email], counting, settings)).code).toBe(0);
    expect(await worthOf(phone)).toEqual(dead);
    const again = await phone.login();
    expect((await muster(["disable", again.email], counting, settings)).code).toBe(0);
    expect((await muster(["enable", again.email], counting, settings)).code).toBe(0);
    expect(await worthOf(again)).toEqual(dead);
  });

  it("revokes everything where the database is named, by a date too", async () => {
    const own = await startTestServer({ mongodbUri: inject("mongoUri") });
    try {
      const phone = await own.signUp();
      const wrong = await muster(["revoke", "everything", "--confirm", "yes"], own);
      expect(wrong).toMatchObject({ code: 1, stdout: "" });
      expect(wrong.stderr).toContain("is not the name of the database");
      const all = ["revoke", "everything", "--confirm", databaseOf(own)];
      expect(await muster([...all, "--issued-before", "2020-01-31T12:00:00+01:00"], own)).toEqual(
        done("Sessions ended: 0."),
      );
      expect(await worthOf(phone)).toEqual(alive);
      expect(await muster(all, own)).toEqual(done("Sessions ended: 1."));
      expect(await worthOf(phone)).toEqual(dead);
    } finally {
      await own.close();
    }
  });

  it("disables and enables a user", async () => {
    const phone = await server.signUp();
    expect(await muster(["disable", phone.email])).toEqual(done(`${phone.email} is disabled.`));
    expect(await tryAccess(server.url, phone.accessToken)).toBe(refused("USER_DISABLED"));
    await expect(phone.login()).rejects.toThrow("USER_DISABLED");
    expect(await muster(["enable", phone.email])).toEqual(done(`${phone.email} is enabled.`));
    expect(await worthOf(phone)).toEqual(dead);
    expect(await worthOf(await phone.login())).toEqual(alive);
  });

  it("gives a user roles and no others, and leaves the last admin", async () => {
    const phone = await server.signUp();
    expect(await muster(["roles", phone.email, "admin", "editor"])).toEqual(
      done(`${phone.email} has the roles: admin, editor.`),
    );
    for (const args of [
      ["roles", phone.email, "editor"],
      ["disable", phone.email],
      ["delete", phone.email, "--confirm", phone.email],
    ])
      expect(await muster(args)).toEqual(
        failed("This is the last user with the role admin who is enabled: make another one first."),
      );
    const other = await server.signUp();
    await server.grantRole(other.email, "admin");
    expect(await muster(["roles", phone.email])).toEqual(done(`${phone.email} has the roles: none.`));
    expect(await worthOf(phone)).toEqual(alive);
  });

  it("replaces a subject and deletes a user", async () => {
    const phone = await server.signUp();
    expect(await muster(["replace-subject", phone.email])).toEqual(done("Sessions ended: 1."));
    expect(await worthOf(phone)).toEqual(dead);
    const again = await phone.login();
    expect(await muster(["delete", phone.email, "--confirm", phone.email])).toEqual(
      done(`${phone.email} is deleted.`, "Sessions ended: 1."),
    );
    expect(await tryAccess(server.url, again.accessToken)).toBe(refused("USER_NOT_FOUND"));
    await expect(operator.userOf(phone.email)).rejects.toThrow();
    expect(await muster(["revoke", "user", phone.email])).toEqual(
      failed("nobody has signed up with this e-mail address"),
    );
  });

  it("says under stateless until when access tokens live on", async () => {
    const bare = await startTestServer({ mongodbUri: inject("mongoUri"), settings: { strategy: "stateless" } });
    onTestFinished(() => bare.close());
    const phone = await bare.signUp();
    const { code, stdout } = await muster(["disable", phone.email], bare, { REVOCATION_STRATEGY: "stateless" });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      / is disabled\.\nThe strategy can't end access tokens: they live until \d{4}-.+Z at the latest\.\n$/,
    );
  });

  it.each([
    [["revoke"], "revoke what? session, user or everything"],
    [["revoke", "all"], "revoke what? session, user or everything"],
    [["revoke", "session", "ada@example.com"], "revoke session takes EMAIL ID"],
    [["revoke", "session", "ada@example.com", "x", "--issued-before", "2026-01-31"], "revoke session takes EMAIL ID"],
    [["revoke", "user"], "revoke user takes EMAIL [--issued-before DATE]"],
    [["revoke", "user", "ada@example.com", "--issued-before", "yesterday"], "DATE is a day or a moment"],
    [["revoke", "user", "ada@example.com", "--issued-before", "2026-13-41"], "DATE is a day or a moment"],
    [["revoke", "everything"], "revoke everything takes --confirm DATABASE"],
    [["revoke", "everything", "now", "--confirm", "muster"], "revoke everything takes --confirm DATABASE"],
    [["sessions"], "sessions takes EMAIL"],
    [["disable"], "disable takes EMAIL"],
    [["enable", "a@example.com", "b@example.com"], "enable takes EMAIL"],
    [["roles"], "roles takes EMAIL [ROLE …]"],
    [["roles", "ada@example.com", "not a role"], "a role has 1 to 64 letters"],
    [["replace-subject", "ada@example.com", "--scope", "x"], "--scope goes with grant"],
    [["delete", "ada@example.com"], "delete takes EMAIL --confirm EMAIL"],
    [["delete", "ada@example.com", "--confirm", "eve@example.com"], "delete takes EMAIL --confirm EMAIL"],
    [["grant", "ada@example.com", "admin", "--confirm", "x"], "grant takes no --confirm"],
  ])("answers 2 to %j, and says why", async (args, why) => {
    const { code, stdout, stderr } = await muster(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^muster: .+\nTry: muster help\n$/s);
    expect(stderr).toContain(why);
  });
});
