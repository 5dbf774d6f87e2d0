import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { asks } from "../support/proxy.js";
import { injections } from "./injections.js";
import { createRandom } from "./load/random.js";
import { startLoad } from "./load/run-load.js";
import { openSite, type Site } from "./rig/site.js";
import { count503, expectRight, underLoad } from "./under-load.js";

const minutes = 60_000;

type Instance = Site["instances"][0];
let site: Site;
let here: Instance;
let there: Instance;
let elsewhere: Instance;
beforeAll(async () => {
  site = await openSite();
  [here, there, elsewhere] = site.instances as [Instance, Instance, Instance];
}, 2 * minutes);
afterAll(() => site?.end());

const queuedMs = 60_000;

it("refuses what ended meanwhile where an instance is stopped for 30 s and resumed with requests in its queue", {
  timeout: 3 * minutes,
}, async () => {
  const ledger = await underLoad(site, async (load) => {
    const { ask: leaving, device: gone } = await load.join(here);
    const { ask: staying, device: good } = await load.join(here);
    const queue = (count: number) =>
      Array.from({ length: count }, () => [
        leaving.request(there, gone, { patienceMs: queuedMs }),
        staying.request(there, good, { patienceMs: queuedMs }),
      ]).flat();
    // so that it has them in its memory
    for (let count = 0; count < 3; count++) await Promise.all(queue(1));
    there.process().signal("SIGSTOP");
    there.isInDoubt = true;
    const before = queue(5);
    const beganMs = performance.now();
    expect((await leaving.end("logoutEverywhere", here, gone))!.outcome).toBe("ok");
    const waitedMs = performance.now() - beganMs;
    const after = queue(20);
    await delay(30_000);
    there.process().signal("SIGCONT");
    there.isInDoubt = false;
    await Promise.all(before);
    const answers = await Promise.all(after);
    console.log(`the logout took ${waitedMs.toFixed(0)} ms`);
    const ofGone = answers.filter((answer) => answer!.session === gone.session);
    expect(ofGone.filter((answer) => answer!.outcome === "refused").length).toBeGreaterThan(0);
  });
  expect(ledger.outcomes.request.ok).toBeGreaterThan(20);
});

it.each([
  ["an instance is cut off from all members", "instance cut off from all members", 6_000],
  ["an instance is cut off from the primary only", "instance cut off from the primary", 6_000],
] as const)("keeps every promise where %s", { timeout: 2 * minutes }, async (_, name, ms) => {
  const ledger = await underLoad(site, (_, random) => injections[name](site, { random, ms }));
  expect(count503(ledger)).toBeGreaterThan(0);
});

it.each([
  ["a clock is set 90 s ahead and back", "a clock set ahead", 3_000],
  ["a clock is set 90 s back and ahead again", "a clock set back", 3_000],
  ["an instance is killed and started again", "instance killed", 1_000],
  ["all servers and mongods are started anew, one after the other", "rolling restart", 0],
] as const)("keeps every promise where %s", { timeout: 4 * minutes }, async (_, name, ms) => {
  const { outcomes } = await underLoad(site, (_, random) => injections[name](site, { random, ms }));
  expect(outcomes.request.ok).toBeGreaterThan(20);
});

it("ends what it has written, though it is killed before it has waited for the others", {
  timeout: 2 * minutes,
}, async () => {
  const load = await startLoad({ site, random: createRandom(1), people: 0 });
  for (const kind of ["logout", "logoutEverywhere"] as const) {
    const { ask, device } = await load.join(there);
    for (const instance of [there, elsewhere]) await ask.request(instance, device);
    // who is registered is asked when the write has been acknowledged
    const { proxy } = await site.set.primary();
    const { held, release } = proxy.holdAnswers(asks("find", "muster_instances"), here.address);
    const ending = ask.end(kind, here, device);
    await held;
    await here.end("SIGKILL");
    release();
    expect((await ending)!.outcome).toBe("unknown");
    for (const instance of [there, elsewhere])
      await vi.waitFor(async () => expect((await ask.request(instance, device))!.outcome).toBe("refused"), {
        timeout: 10_000,
      });
    await here.start();
  }
  expectRight(await load.stop(), "2 rounds");
});

it("loses no session and doubles none, though it is killed before it hears that its write was done", {
  timeout: 2 * minutes,
}, async () => {
  const load = await startLoad({ site, random: createRandom(1), people: 0 });
  const { user, ask, device } = await load.join(there);
  const acts: (() => Promise<{ outcome: string } | null>)[] = [
    async () => (await ask.login(here))!.operation,
    () => ask.refresh(here, device),
  ];
  for (const act of acts) {
    const { proxy } = await site.set.primary();
    const { held, release } = proxy.holdAnswers(asks("findAndModify", "users"), here.address);
    const acting = act();
    await held;
    await here.end("SIGKILL");
    release();
    expect((await acting)!.outcome).toBe("unknown");
    await here.start();
  }
  // what was refreshed is told again
  const generation = device.generation;
  expect((await ask.refresh(elsewhere, device))!.outcome).toBe("ok");
  expect(device.generation).toBe(generation + 1);
  for (const instance of site.instances) expect((await ask.request(instance, device))!.outcome).toBe("ok");
  expect((await site.readRolls([user])).get(user)).toHaveLength(2);
  expectRight(await load.stop(), "a login and a refresh");
});
