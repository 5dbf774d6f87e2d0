import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { injections } from "./injections.js";
import { prepareStorm } from "./load/storm.js";
import { openSite, type Site } from "./rig/site.js";
import { count503, expectRight, underLoad } from "./under-load.js";

const minutes = 60_000;

let site: Site;
beforeAll(async () => {
  site = await openSite();
}, 2 * minutes);
afterAll(() => site?.end());

it("loses and doubles nothing, and lets nothing dead in, where the primary is killed in a storm of logouts", {
  timeout: 5 * minutes,
}, async () => {
  const storm = await prepareStorm({ site, people: 50, devices: 16 });
  const old = await site.set.primary();
  const beganMs = performance.now();
  const running = storm.run({ perSecond: 200 });
  const before = 100;
  await vi.waitFor(() => expect(storm.answered()).toBeGreaterThan(before), { timeout: 2 * minutes, interval: 5 });
  const perSecond = (1_000 * storm.answered()) / (performance.now() - beganMs);
  await old.end("SIGKILL");
  const { seconds } = await running;
  const report = await storm.stop();
  const note = `${perSecond.toFixed(0)} logouts a second until then, ${seconds.toFixed(1)} s in all`;
  const { outcomes } = expectRight(report, note);
  expect(await site.set.primary()).not.toBe(old);
  // and it went on
  expect(outcomes.logout.ok).toBeGreaterThan(3 * before);
  expect(outcomes.logout.unavailable + outcomes.logout.unknown).toBeGreaterThan(0);
});

it.each([
  ["is killed and comes back", "primary killed", 1_000],
  ["is stopped for 15 s", "primary stopped", 15_000],
  ["is isolated from clients and members, and healed", "primary isolated", 4_000],
  ["is isolated together with one of the servers, and healed", "primary isolated with an instance", 4_000],
  ["is isolated from the members alone, and healed", "primary isolated from the members alone", 4_000],
] as const)("keeps every promise where the primary %s", { timeout: 3 * minutes }, async (_, name, ms) => {
  const term = await site.set.term();
  const ledger = await underLoad(site, (_, random) => injections[name](site, { random, ms }));
  // another was elected, whoever leads by now
  expect(await site.set.term()).toBeGreaterThan(term);
  expect(count503(ledger)).toBeGreaterThan(0);
});

it("keeps every promise where the primary steps down", { timeout: 3 * minutes }, async () => {
  const term = await site.set.term();
  const { outcomes } = await underLoad(site, (_, random) => injections["primary steps down"](site, { random, ms: 0 }));
  expect(await site.set.term()).toBeGreaterThan(term);
  expect(outcomes.request.ok).toBeGreaterThan(20);
});
