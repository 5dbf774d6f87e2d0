import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { MongoMemoryReplSet } from "mongodb-memory-server";
import { parseConfig } from "../../src/config.js";
import { findMongod } from "../../src/embedded/find-mongod.js";
import { createLog } from "../../src/log.js";
import { startServer } from "../../src/server.js";
import { login } from "../../src/testing/client.js";
import { withBrowser } from "./browser.js";
import { createPlaygroundPage } from "./playground-page.js";

// Clicks through the playground in a browser without a network, and writes the README's picture.

const picture = fileURLToPath(new URL("../../docs/playground.png", import.meta.url));
const tell = (line: string) => void process.stdout.write(`${line}\n`);

async function startDatabase(): Promise<{ uri: string; close(): Promise<void> }> {
  const given = process.env.MONGODB_URI;
  if (given) return { uri: given, close: async () => {} };
  const { path, version } = await findMongod({ onProgress: tell });
  const set = await MongoMemoryReplSet.create({
    binary: { systemBinary: path, version },
    replSet: { storageEngine: "wiredTiger" },
  });
  return { uri: set.getUri("muster"), close: async () => void (await set.stop({ doCleanup: true, force: true })) };
}

async function clickThrough(url: string): Promise<void> {
  await withBrowser(async (context) => {
    const page = context.pages()[0] ?? (await context.newPage());
    const requested = new Set<string>();
    const complaints: string[] = [];
    context.on("request", (request) => requested.add(new URL(request.url()).origin));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      // the browser reports every answer above 399 there as well
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
        complaints.push(message.text());
    });
    const playground = createPlaygroundPage(page);

    await playground.open(url);
    assert.deepEqual(await playground.tabs(), [
      "SignUp",
      "LogIn",
      "Me",
      "Sessions",
      "LogOutSession",
      "LogOutEverywhere",
      "Refresh",
    ]);
    assert.match(await playground.status(), /^Nobody is signed in/);
    tell("the playground is open");

    const refusedBefore = await playground.run("Me");
    assert.equal(refusedBefore.errors?.[0]?.extensions.reason, "TOKEN_MISSING");

    const { signup } = (await playground.run("SignUp")).data as {
      signup: { accessToken: string; user: { email: string } };
    };
    assert.match(
      await playground.status(),
      /^Signed in as ada@example\.org\. The token is sent with every request, good for \d+ min/,
    );
    assert.deepEqual((await playground.run("LogIn")).errors, undefined);
    tell("signed up, and logged in as another device");

    const { me } = (await playground.run("Me")).data as { me: { email: string } };
    assert.equal(me.email, signup.user.email);
    const { refresh } = (await playground.run("Refresh")).data as { refresh: { accessToken: string } };
    assert.ok(refresh.accessToken);
    const { sessions } = (await playground.run("Sessions")).data as { sessions: { totalCount: number } };
    assert.equal(sessions.totalCount, 2);
    await mkdir(fileURLToPath(new URL(".", `file://${picture}`)), { recursive: true });
    await page.screenshot({ path: picture });
    tell("saw who it is and its sessions, without copying a token; wrote docs/playground.png");

    const { logoutEverywhere } = (await playground.run("LogOutEverywhere")).data as {
      logoutEverywhere: { revokedCount: number };
    };
    assert.equal(logoutEverywhere.revokedCount, 2);
    const refused = await playground.run("Me");
    assert.equal(refused.errors?.[0]?.extensions.code, "UNAUTHENTICATED");
    assert.equal(refused.errors?.[0]?.extensions.reason, "SESSION_REVOKED");
    assert.match(await playground.status(), /is still sent, and refused: SESSION_REVOKED$/);
    tell("logged out everywhere: the same token is refused");

    await playground.run("LogIn");
    await playground.listen("subscription Ending { sessionEnded { reason } }");
    await login(url, { email: "ada@example.org", password: "a lantern over quiet water" }).then((other) =>
      other.logoutEverywhere(),
    );
    await playground.shows("The connection was closed with 4401 LOGGED_OUT_EVERYWHERE");
    assert.match(await playground.status(), /is still sent, and refused: LOGGED_OUT_EVERYWHERE$/);
    tell("listened over a WebSocket, and saw why it was closed");

    await playground.forget();
    assert.match(await playground.status(), /^Nobody is signed in/);
    const stored = await playground.stored();
    for (const secret of [signup.accessToken, "lantern", "Bearer", "refreshToken"])
      assert.ok(!stored.includes(secret), `the browser kept ${secret}`);

    assert.deepEqual([...requested], [new URL(url).origin], "it asked another host");
    assert.deepEqual(complaints, [], "the browser complained");
    tell("nothing was kept, nothing was asked of another host");
  });
}

const database = await startDatabase();
try {
  const config = parseConfig({
    MONGODB_URI: database.uri,
    JWT_SECRET: "a secret of more than thirty-two bytes for tests",
    PORT: "0",
  });
  const server = await startServer(config, { log: createLog({ level: "error" }) });
  await server.ready();
  try {
    await clickThrough(server.url);
  } finally {
    await server.close();
  }
} finally {
  await database.close();
}
