import { setTimeout as delay } from "node:timers/promises";
import mongoose from "mongoose";
import { built } from "../built.js";
import { answerParent } from "../child.js";
import { tokenSeconds } from "../users.js";

const { assembleMuster } = await built<typeof import("../../src/muster.js")>("muster.js");
const { logoutEverywhere } = await built<typeof import("../../src/accounts/logout-everywhere.js")>(
  "accounts/logout-everywhere.js",
);

export type FleetSettings = { mongodbUri: string; secret: string; leaseMs: number; beatMs: number };

type Instance = ReturnType<typeof assembleMuster> & { close(): Promise<void> };

const instances: Instance[] = [];

async function openInstance({ mongodbUri, secret, leaseMs, beatMs }: FleetSettings): Promise<Instance> {
  // as a server process opens it
  const pool = { maxPoolSize: 50, heartbeatFrequencyMS: 2_000, autoIndex: false, bufferCommands: false };
  const connection = await mongoose.createConnection(mongodbUri, pool).asPromise();
  const options = { accessTokenSeconds: tokenSeconds, rateLimits: false, authStateMode: "leased" as const };
  const { muster, parts } = assembleMuster({ connection, secret, leaseMs, beatMs, ...options });
  await muster.ready();
  while (muster.status().freshForMs === 0) await delay(20);
  return {
    muster,
    parts,
    async close() {
      await muster.close();
      await connection.close(true);
    },
  };
}

/** A process with instances in it, as library objects: nothing of HTTP is in what is measured. */
const fleet = {
  async open({ count, settings }: { count: number; settings: FleetSettings }): Promise<void> {
    for (let opened = 0; opened < count; opened++) instances.push(await openInstance(settings));
  },

  async close(): Promise<void> {
    await Promise.all(instances.splice(0).map((instance) => instance.close()));
  },

  async cpuMs(): Promise<number> {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },

  /** Lets the first instance log these users out everywhere, one after the other; how long each took, in milliseconds. */
  async revoke({ tokens, pauseMs }: { tokens: string[]; pauseMs: number }): Promise<number[]> {
    const { parts } = instances[0]!;
    const tookMs: number[] = [];
    for (const token of tokens) {
      const asker = await parts.authenticate.token(token);
      if (asker.outcome !== "admit") throw asker.error;
      const beganMs = performance.now();
      await logoutEverywhere(parts, asker);
      tookMs.push(performance.now() - beganMs);
      await delay(pauseMs);
    }
    return tookMs;
  },
};

export type FleetProcess = typeof fleet;

answerParent(fleet);
