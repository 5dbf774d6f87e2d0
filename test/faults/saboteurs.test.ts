import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import type { Sabotage } from "../../src/auth-state/leases.js";
import { parseConfig } from "../../src/config.js";
import { openTestDatabase } from "../../src/testing/database.js";
import { MeDocument, send, signUp } from "../../src/testing/index.js";
import { deafInstance, loginElsewhere, overtakenRead } from "../feed/lease-scenarios.js";
import { startProxy } from "../support/proxy.js";
import { startServerProcess } from "../support/server-process.js";
import { injections } from "./injections.js";
import { createRandom, type Random } from "./load/random.js";
import { startLoad } from "./load/run-load.js";
import { becomesFresh, openSite, type Site } from "./rig/site.js";
import { expectRight, underLoad } from "./under-load.js";

const minutes = 60_000;
const mostRuns = 3;

/** In which run it shows, by this failure and no other, that a rule is missing; later than the last one where it does not. */
async function runThatShows(failure: RegExp, scenario: () => Promise<void>): Promise<number> {
  for (let run = 1; run <= mostRuns; run++) {
    try {
      await scenario();
    } catch (error) {
      if (!failure.test((error as Error).message)) throw error;
      return run;
    }
  }
  return mostRuns + 1;
}

/** A virtual machine sleeps, so that one of its clocks stands still, and wakes without a way to the database. */
async function sleepingMachine(sabotage: Sabotage = {}): Promise<void> {
  const database = await openTestDatabase(inject("mongoUri"));
  onTestFinished(() => database.close());
  const uri = new URL(database.uri);
  const proxy = await startProxy({ to: Number(uri.port) });
  onTestFinished(() => proxy.close());
  const config = {
    ...parseConfig({ PORT: "0", LOG_LEVEL: "fatal", RATE_LIMITS: "off", PLAYGROUND: "off" }),
    jwtSecret: randomBytes(32).toString("hex"),
  };
  const throughProxy = `mongodb://127.0.0.1:${proxy.port}${uri.pathname}?directConnection=true`;
  const awake = await startServerProcess({ ...config, mongodbUri: database.uri });
  onTestFinished(() => awake.end());
  const sleeper = await startServerProcess({ ...config, mongodbUri: throughProxy }, { sabotage });
  onTestFinished(() => sleeper.end());

  const client = await signUp(awake.url);
  await becomesFresh(sleeper.url);
  const ask = () => send(sleeper.url, MeDocument, {}, { token: client.accessToken });
  expect((await ask()).status).toBe(200);
  await sleeper.stopMonotonicClock(true);
  sleeper.signal("SIGSTOP");
  proxy.hang();
  await client.logoutEverywhere();
  sleeper.signal("SIGCONT");
  expect(await ask()).toMatchObject({ status: 503, reason: "STORE_UNREACHABLE" });
}

/** A primary has lost the others and does not know it yet: what is written to it is lost. */
async function loginAtDeposedPrimary(site: Site, at: Site["instances"][0]): Promise<void> {
  const load = await startLoad({ site, random: createRandom(1), people: 0 });
  const { ask } = await load.join(at);
  const old = await site.set.primary();
  site.set.isolateFromMembers(old);
  const told = await ask.login(at);
  while ((await site.set.primary()) === old) await delay(50);
  await site.heal();
  if (told?.made) await ask.request(at, told.made);
  expectRight(await load.stop(), `the login was ${told!.operation.outcome}`);
}

describe("a rule that is left out shows within three runs:", () => {
  it.each([
    [
      "a read that was overtaken is remembered",
      overtakenRead,
      { fillsWithoutLease: true },
      /'ok' to be 'SESSION_REVOKED'/,
    ],
    ["memory is used however old it is", deafInstance, { neverStale: true }, /to be an instance of Promise/],
    ["an ending does not wait for all", deafInstance, { noWait: true }, /to be an instance of Promise/],
    ["memory refuses", loginElsewhere, { refusesFromMemory: true }, /'SESSION_REVOKED' to be 'ok'/],
    [
      "the wall clock does not count",
      sleepingMachine,
      { ignoresWallClock: true },
      /status: 200.* to match .*status: 503/,
    ],
  ] as const)("%s", { timeout: 2 * minutes }, async (_, scenario, sabotage, failure) => {
    expect(await runThatShows(failure, () => scenario(sabotage))).toBeLessThanOrEqual(mostRuns);
  });

  describe("and in the clients' logs:", () => {
    let site: Site;
    beforeAll(async () => {
      site = await openSite({ sabotages: [{}, { writesW1: true }, { noWait: true }] });
    }, 2 * minutes);
    afterAll(() => site?.end());

    it("a write is done when one member has it", { timeout: 5 * minutes }, async () => {
      const [right, wrong] = site.instances as [Site["instances"][0], Site["instances"][0]];
      await loginAtDeposedPrimary(site, right);
      const run = await runThatShows(/wrong refusal; lost session/, () => loginAtDeposedPrimary(site, wrong));
      expect(run).toBeLessThanOrEqual(mostRuns);
    });

    it("an ending does not wait for all, and the others hear late of it", { timeout: 5 * minutes }, async () => {
      const hang = (random: Random) => injections["streams hang"](site, { random, ms: 5_000 });
      const run = await runThatShows(
        /wrong admit/,
        async () => void (await underLoad(site, (_, random) => hang(random))),
      );
      expect(run).toBeLessThanOrEqual(mostRuns);
    });
  });
});

it("answers 503 where its virtual machine slept and it can't ask", { timeout: minutes }, () => sleepingMachine());
