import { expect, inject, it, onTestFinished, vi } from "vitest";
import { startTestServer } from "../../src/testing/index.js";
import { look, openOne, openTwo, untilAllIsKnown, untilUnread } from "../standing/support.js";

const patience = { timeout: 10_000 };

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString());

async function startServer(settings: object = {}) {
  const server = await startTestServer({
    mongodbUri: inject("mongoUri"),
    settings: { strategy: "group-epoch", groups: 1, ...settings },
  });
  onTestFinished(server.close);
  // what is stamped before the first proof is older than what can be trusted
  const isFresh = () => server.muster.status().mode === "read-through" || server.muster.status().freshForMs > 0;
  await vi.waitFor(() => expect(isFresh()).toBe(true), patience);
  return server;
}

/** The answer to a query with this token: whether it was let in, and the token that came back. */
async function ask(url: string, token: string) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: "{ me { id } }" }),
  });
  const { extensions } = (await response.json()) as { extensions?: { muster?: { accessToken?: string } } };
  return {
    status: response.status,
    renewed: extensions?.muster?.accessToken,
    header: response.headers.get("muster-access-token") ?? undefined,
  };
}

it("gives a good token that is older than its group's moment again, with a newer stamp and nothing else new", async () => {
  const server = await startServer();
  const [client, other] = [await server.signUp(), await server.signUp()];
  const old = client.accessToken;
  await vi.waitFor(async () => expect((await ask(server.url, old)).renewed).toBeUndefined(), patience);
  await other.logoutEverywhere();

  const answer = await vi.waitFor(async () => {
    const given = await ask(server.url, old);
    expect(given.renewed).toBeDefined();
    return given;
  }, patience);
  expect(answer.status).toBe(200);
  expect(answer.header).toBe(answer.renewed);
  const [before, after] = [claimsOf(old), claimsOf(answer.renewed!)];
  expect({ ...after, grp: null }).toEqual({ ...before, grp: null });
  expect(after.grp[0]).toBe(before.grp[0]);
  expect(BigInt(after.grp[1]) > BigInt(before.grp[1])).toBe(true);

  const admission = await server.muster.authenticate(answer.renewed!);
  expect(admission).toMatchObject({ outcome: "admit" });
  expect(await ask(server.url, answer.renewed!)).toEqual({ status: 200, renewed: undefined, header: undefined });
  // the old one is as good as it was
  expect((await ask(server.url, old)).status).toBe(200);
  await client.logoutEverywhere();
  for (const token of [old, answer.renewed!])
    expect(await ask(server.url, token)).toEqual({ status: 401, renewed: undefined, header: undefined });
});

it("lets pages of other origins read the token that came back", async () => {
  const origin = "https://app.example.com";
  const server = await startServer({ corsOrigins: [origin] });
  const response = await fetch(server.url, { headers: { origin, accept: "application/json" } });
  expect(response.headers.get("access-control-expose-headers")).toContain("muster-access-token");
});

it("judges by the roll only who shares a group with somebody who has lost something", async () => {
  const { here, there } = await openTwo("group-epoch");
  const users = await Promise.all(Array.from({ length: 12 }, () => there.signUp()));
  await untilAllIsKnown(here, there);
  for (const { accessToken } of users) await untilUnread(here, accessToken);
  const groupOf = async (token: string) => (await here.parts.authenticate.read(token)).grp![0];
  const [first] = users;
  const group = await groupOf(first!.accessToken);
  await there.logoutEverywhere(first!.accessToken);
  const others = [];
  for (const { accessToken } of users.slice(1)) if ((await groupOf(accessToken)) !== group) others.push(accessToken);
  expect(others.length).toBeGreaterThan(0);
  for (const token of others) expect(await look(here, token)).toBe("unread");
});

it("judges by the roll, and makes anew, what was made under another number of groups", async () => {
  const { site, here } = await openTwo("group-epoch");
  const other = await openOne(site, "group-epoch", { groups: 1_000 });
  await untilAllIsKnown(here, other);
  const tokens = await Promise.all(Array.from({ length: 4 }, async () => (await here.signUp()).accessToken));
  await untilAllIsKnown(here, other);
  const moved = [];
  for (const token of tokens) {
    const admitted = await other.admitted(token);
    const own = admitted.renewal?.grp;
    if (own && own[0] !== admitted.claims.grp![0]) moved.push(token);
    else expect(admitted.state).toBeNull();
  }
  expect(moved.length).toBeGreaterThan(0);
});

it("gives nothing new, and is judged by the roll, where there are no leases", async () => {
  const server = await startServer({ authStateMode: "read-through" });
  const client = await server.signUp();
  expect(await ask(server.url, client.accessToken)).toEqual({ status: 200, renewed: undefined, header: undefined });
  const token = client.accessToken;
  await client.logoutEverywhere();
  expect((await ask(server.url, token)).status).toBe(401);
});
