import mongoose from "mongoose";
import { expect, onTestFinished, vi } from "vitest";
import type { StrategyName } from "../../src/revocation/index.js";
import type { Expression } from "../../src/sessions/roll.js";
import type { SystemDocument } from "../../src/store/system.js";
import type { UserDocument } from "../../src/store/user.model.js";
import { type Library, newSite, openLibrary, type Site } from "../feed/library.js";

type Options = Parameters<typeof openLibrary>[1];

/** More often than by default: many of these tests wait for a beat or two. */
const beatMs = 50;

/** Two instances of one deployment; tokens that either makes can be judged unread by both. */
export async function openTwo(strategy: StrategyName, options: Options = {}) {
  const site = newSite();
  const here = await openLibrary(site, { strategy, beatMs, ...options });
  const there = await openLibrary(site, { strategy, beatMs });
  await untilAllIsKnown(here, there);
  return { site, here, there };
}

export const openOne = async (site: Site, strategy: StrategyName, options: Options = {}) => {
  const instance = await openLibrary(site, { strategy, beatMs, ...options });
  await untilAllIsKnown(instance);
  return instance;
};

/** Resolves when all of them know everything that has happened so far, nobody is in doubt, and stamps of each count with all others. */
export async function untilAllIsKnown(...instances: Library[]): Promise<void> {
  await untilBeyondNow(instances);
  // what one of them has proved first counts with the others once they have got beyond it
  await untilBeyondNow(instances);
}

async function untilBeyondNow(instances: readonly Library[]): Promise<void> {
  for (const each of instances) await each.untilFresh();
  const latest = instances.reduce((time, { parts }) => later(time, parts.leases.feed.appliedThrough()), 0n);
  for (const { muster, parts } of instances)
    await vi.waitFor(
      () => {
        expect(muster.status().freshForMs).toBeGreaterThan(0);
        expect(parts.leases.feed.appliedThrough()! > latest).toBe(true);
        expect(muster.status().standing ?? { loaded: true, doubted: 0 }).toMatchObject({ loaded: true, doubted: 0 });
      },
      { timeout: 20_000, interval: 5 },
    );
}

const later = (time: bigint, other: bigint | null) => (other !== null && other > time ? other : time);

/** `unread` where a token is admitted at once and without its user's state; else as `worth`. */
export async function look(instance: Library, token: string): Promise<string> {
  const outcome = instance.parts.authenticate.token(token);
  if (!(outcome instanceof Promise) && outcome.outcome === "admit" && outcome.state === null) return "unread";
  const known = await outcome;
  if (known.outcome === "admit") return "ok";
  return known.outcome === "unknown" ? "unknown" : known.error.reason;
}

export const untilUnread = (instance: Library, token: string) =>
  vi.waitFor(async () => expect(await look(instance, token)).toBe("unread"), { timeout: 20_000, interval: 5 });

/** What an instance asked the database of users, and of what holds for everybody, meanwhile. */
export async function readsDuring({ sent }: Library, work: () => Promise<unknown>): Promise<string[]> {
  const before = sent.length;
  await work();
  return sent
    .slice(before)
    .filter(({ collection }) => ["users", "muster_system", "muster_retired_subjects"].includes(collection))
    .map(({ command, collection }) => `${command} ${collection}`);
}

/** What an admin does to a user: done everywhere when it returns. */
export async function change({ parts }: Library, email: string, set: Record<string, Expression>): Promise<void> {
  const user = await parts.users.find({ email }, { fields: [] });
  const written = await parts.write({
    name: "test",
    filter: { _id: user!._id },
    set,
    revokes: true,
    answer: "before",
    pick: { fields: [] },
  });
  expect(written).not.toBeNull();
}

/** The database as somebody sees it who works in it by hand. */
export async function openByHand({ mongodbUri }: Site) {
  const client = await mongoose.mongo.MongoClient.connect(mongodbUri);
  onTestFinished(() => client.close());
  const database = client.db();
  const majority = { writeConcern: { w: "majority" } } as const;
  return {
    users: database.collection<UserDocument>("users"),
    setSystem: (set: Partial<SystemDocument>) =>
      database
        .collection<SystemDocument>("muster_system")
        .updateOne({ _id: "system" }, { $set: set }, { upsert: true, ...majority }),
    database,
  };
}
