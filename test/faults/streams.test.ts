import mongoose from "mongoose";
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { asks } from "../support/proxy.js";
import { injections } from "./injections.js";
import { createRandom } from "./load/random.js";
import { startLoad } from "./load/run-load.js";
import { openSite, type Site } from "./rig/site.js";
import { expectRight, underLoad } from "./under-load.js";

const minutes = 60_000;

let site: Site;
beforeAll(async () => {
  site = await openSite();
}, 2 * minutes);
afterAll(() => site?.end());

it("lets nothing dead in where a load is overtaken by a revocation, 20 times", { timeout: 2 * minutes }, async () => {
  const load = await startLoad({ site, random: createRandom(1), people: 0 });
  const [here, there, elsewhere] = site.instances as [Site["instances"][0], Site["instances"][0], Site["instances"][0]];
  const { proxy } = await site.set.primary();
  for (let round = 0; round < 20; round++) {
    const { ask, device } = await load.join(there);
    const { held, release } = proxy.holdAnswers(asks("aggregate", "users"), here.address);
    onTestFinished(release);
    const asked = ask.request(here, device);
    await held;
    expect((await ask.end("logoutEverywhere", there, device))!.outcome).toBe("ok");
    release();
    await asked;
    for (const instance of [here, there, elsewhere])
      expect(await ask.request(instance, device)).toMatchObject({ outcome: "refused", reason: "SESSION_REVOKED" });
  }
  expectRight(await load.stop(), "20 rounds");
});

it.each([
  ["loads are slow", "a slow load", 4_000],
  ["the streams hang", "streams hang", 5_000],
  ["the streams fail, again and again", "streams fail", 5_000],
] as const)("keeps every promise where %s", { timeout: 2 * minutes }, async (_, name, ms) => {
  const { outcomes } = await underLoad(site, (_, random) => injections[name](site, { random, ms }));
  expect(outcomes.request.ok).toBeGreaterThan(20);
});

it("keeps every promise where the history of a stream is lost", { timeout: 3 * minutes }, async () => {
  // an oplog as small as it gets, which is cut short at once
  const small = await openSite({ mongodArgs: ["--oplogSize", "1", "--syncdelay", "1"] });
  onTestFinished(() => small.end());
  const client = await mongoose.mongo.MongoClient.connect(await small.set.directUri());
  onTestFinished(() => client.close());
  const oplog = client.db("local").collection<{ ts: mongoose.mongo.Timestamp }>("oplog.rs");
  const newest = async () => (await oplog.findOne({}, { sort: { $natural: -1 } }))!.ts;
  const oldest = async () => (await oplog.findOne({}, { sort: { $natural: 1 } }))!.ts;
  const filler = client.db("filler").collection("filler", { writeConcern: { w: 3 } });
  const [instance] = small.instances as [Site["instances"][0]];
  const ledger = await underLoad(
    small,
    async () => {
      const seen = await newest();
      instance.isInDoubt = true;
      instance.process().signal("SIGSTOP");
      const text = "x".repeat(1_000_000);
      await vi.waitFor(
        async () => {
          await filler.insertMany([{ text }, { text }, { text }, { text }]);
          expect((await oldest()).greaterThan(seen)).toBe(true);
        },
        { timeout: 90_000, interval: 1 },
      );
      instance.process().signal("SIGCONT");
      instance.isInDoubt = false;
    },
    { people: 6 },
  );
  expect(ledger.outcomes.request.ok).toBeGreaterThan(20);
});
