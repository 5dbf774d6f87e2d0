import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { parseConfig } from "../../src/config.js";
import { commandMongod } from "../../src/embedded/ask-mongod.js";
import { openTestDatabase, type TestDatabase } from "../../src/testing/database.js";
import { createInstance, type Instance } from "../faults/rig/instance.js";
import { becomesFresh, readRolls, type Service } from "../faults/rig/site.js";
import { underLoad } from "../faults/under-load.js";

// one short case of what `npm run test:faults` has at length, over the replica set of all tests
let database: TestDatabase;
let service: Service;
let instance: Instance;
beforeAll(async () => {
  database = await openTestDatabase(inject("mongoUri"));
  const config = {
    ...parseConfig({ PORT: "0", LOG_LEVEL: "fatal", RATE_LIMITS: "off", PLAYGROUND: "off" }),
    jwtSecret: randomBytes(32).toString("hex"),
    refreshGraceSeconds: 300,
  };
  const instances = ["A", "B", "C"].map((name) => createInstance({ name, uri: database.uri, config }));
  service = {
    instances,
    readRolls: (users) => readRolls(database.uri, users),
    async heal() {
      await Promise.all(instances.map((each) => each.start()));
      await Promise.all(instances.map(({ url }) => becomesFresh(url())));
    },
  };
  await service.heal();
  instance = instances[1]!;
});
afterAll(async () => {
  for (const each of service?.instances ?? []) if (each.isRunning()) await each.end();
  await database?.close();
});

const few = { people: 6, pauseMs: 100 };

it("keeps every promise where the streams fail", async () => {
  const { port, pathname } = new URL(database.uri);
  const failPoint = { configureFailPoint: "failCommand", mode: { times: 6 } };
  const data = { failCommands: ["getMore"], errorCode: 286, namespace: `${pathname.slice(1)}.$cmd.aggregate` };
  const { outcomes } = await underLoad(
    service,
    async () => {
      const { count } = await commandMongod(Number(port), { ...failPoint, data });
      await delay(1_500);
      const { count: now } = await commandMongod(Number(port), { configureFailPoint: "failCommand", mode: "off" });
      // it took place
      expect(Number(now)).toBeGreaterThanOrEqual(Number(count) + 6);
    },
    few,
  );
  expect(outcomes.logout.ok + outcomes.logoutEverywhere.ok).toBeGreaterThan(0);
});

it("keeps every promise where an instance is stopped, and goes on", async () => {
  const { outcomes } = await underLoad(
    service,
    async () => {
      instance.process().signal("SIGSTOP");
      instance.isInDoubt = true;
      await delay(2_000);
      instance.process().signal("SIGCONT");
      instance.isInDoubt = false;
    },
    few,
  );
  expect(outcomes.logout.ok + outcomes.logoutEverywhere.ok).toBeGreaterThan(0);
});

it("keeps every promise where an instance is killed, and another takes its place", async () => {
  const { outcomes } = await underLoad(
    service,
    async () => {
      await instance.end("SIGKILL");
      await instance.start();
    },
    few,
  );
  expect(outcomes.logout.ok + outcomes.logoutEverywhere.ok).toBeGreaterThan(0);
});
