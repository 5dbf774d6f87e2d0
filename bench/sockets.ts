import { setTimeout as delay } from "node:timers/promises";
import { signUp, type TestClient } from "../src/testing/client.js";
import { type Instance, withInstances } from "./instances.js";
import type { BenchOptions } from "./options.js";
import { openSockets, type SocketClient } from "./sockets/client.js";
import type { Stage } from "./stage.js";
import { type Estimate, estimate } from "./statistics.js";
import { type Times, timesOf } from "./times.js";

export type SocketsResult = {
  instances: number;
  connections: number;
  cuts: number;
  /** From when the mutation was sent to when a connection had closed. */
  cut: Times;
  /** How long the mutations took. */
  mutation: Times;
  /** Connections that were closed with another code than 4401, and that were not told once that the session had ended. */
  wrongCode: number;
  untold: number;
  /** Connections that nobody ended: of another user, and of another session of the same user. None of them may close. */
  siblings: { open: number; cut: number };
  /** Bytes that a connection with one subscription keeps in use in its server. */
  bytesEach: Estimate;
};

const count = 3;
/** After what was done to its connections a server needs a moment to come to rest. */
const restMs = 1_000;

/**
 * Opens connections of one session over three server processes, and ends it: by `logoutEverywhere`, and every other time by
 * `logoutSession` from another session of the user, which has connections of its own.
 */
export async function measureSockets(stage: Stage, { connections, cuts }: BenchOptions): Promise<SocketsResult> {
  const settings = { socketsPerSession: connections, socketsPerUser: 2 * connections };
  return withInstances(stage, { database: "sockets", count, settings }, async (instances) => {
    const urls = instances.map(({ url }) => url);
    const siblings = Math.ceil(connections / 10);
    const stranger = await signUp(urls[0]!);
    const others = await openSockets(siblings, urls, stranger.accessToken);
    const found = { cut: [] as number[], mutation: [] as number[], bytes: [] as number[], wrongCode: 0, untold: 0 };
    let [open, lost] = [others.length, 0];

    for (let turn = 0; turn < cuts; turn++) {
      console.error(`cut ${turn + 1} of ${cuts}`);
      const user = await signUp(urls[turn % count]!);
      const sibling = turn % 2 === 0 ? undefined : await user.login({ url: urls[(turn + 1) % count]! });
      const kept = sibling ? await openSockets(siblings, urls, sibling.accessToken) : [];
      const before = await settledBytes(instances);
      const clients = await openSockets(connections, urls, user.accessToken);
      found.bytes.push(((await settledBytes(instances)) - before) / connections);

      const beganMs = performance.now();
      await endSession(user, sibling);
      found.mutation.push(performance.now() - beganMs);
      const ended = await Promise.all(clients.map(({ closed }) => closed));
      found.cut.push(...ended.map(({ atMs }) => atMs - beganMs));
      found.wrongCode += ended.filter(({ code }) => code !== 4401).length;
      found.untold += clients.filter(({ told }) => told() !== 1).length;
      // whoever is cut by mistake may be cut a little later
      await delay(restMs);
      open += kept.length;
      lost += closedOf(kept);
      for (const client of kept) client.end();
    }
    lost += closedOf(others);
    for (const client of others) client.end();
    return {
      instances: count,
      connections,
      cuts,
      cut: timesOf(found.cut),
      mutation: timesOf(found.mutation),
      wrongCode: found.wrongCode,
      untold: found.untold,
      siblings: { open, cut: lost },
      bytesEach: estimate(found.bytes),
    };
  });
}

async function endSession(user: TestClient, sibling: TestClient | undefined): Promise<void> {
  if (sibling) await sibling.logoutSession(user.credentials.session.id);
  else await user.logoutEverywhere();
}

async function settledBytes(instances: readonly Instance[]): Promise<number> {
  await delay(restMs);
  const bytes = await Promise.all(instances.map(({ ask }) => ask("bytesInUse", undefined)));
  return bytes.reduce((sum, each) => sum + each, 0);
}

const closedOf = (clients: readonly SocketClient[]) => clients.filter(({ isOpen }) => !isOpen()).length;
