import { setTimeout as delay } from "node:timers/promises";
import type { Random } from "./load/random.js";
import type { Instance } from "./rig/instance.js";
import type { Reached } from "./rig/replica-set.js";
import type { Site } from "./rig/site.js";

/** Breaks something of a site for so many milliseconds, and mends it. */
export type Injection = (site: Site, options: { random: Random; ms: number }) => Promise<void>;

/** Until the others have elected one, and no longer than makes sense. */
async function untilAnotherLeads({ set }: Site, old: Reached): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await delay(100))
    if ((await set.primary()) !== old) return;
  throw new Error("No other member was elected.");
}

async function whileInDoubt(instance: Instance, act: () => Promise<void>): Promise<void> {
  // a balancer notices after a while
  const timer = setTimeout(() => {
    instance.isInDoubt = true;
  }, 500);
  await act();
  clearTimeout(timer);
  instance.isInDoubt = false;
}

async function hideFrom({ set }: Site, { address }: Instance, members: readonly Reached[], ms: number): Promise<void> {
  set.cutOff(address, members);
  await delay(ms);
  for (const { proxy } of members) proxy.heal(address);
}

const table = {
  async "a slow load"({ set }, { ms }) {
    await set.failCommands({
      failCommands: ["find", "aggregate"],
      namespace: "muster.users",
      blockConnection: true,
      blockTimeMS: 300,
    });
    await delay(ms);
    await set.failCommands(null);
  },

  async "primary killed"(site, { ms }) {
    const old = await site.set.primary();
    await old.end("SIGKILL");
    await untilAnotherLeads(site, old);
    await delay(ms);
    await old.start();
    await site.set.becomesWhole();
  },

  async "primary stopped"(site, { ms }) {
    const old = await site.set.primary();
    old.signal("SIGSTOP");
    await delay(ms);
    await untilAnotherLeads(site, old);
    old.signal("SIGCONT");
    await site.set.becomesWhole();
  },

  async "primary isolated"(site, { ms }) {
    const old = await site.set.primary();
    site.set.isolate(old);
    await untilAnotherLeads(site, old);
    await delay(ms);
    await site.set.heal();
  },

  async "primary isolated from the members alone"(site, { ms }) {
    const old = await site.set.primary();
    site.set.isolateFromMembers(old);
    await untilAnotherLeads(site, old);
    await delay(ms);
    await site.set.heal();
  },

  /** One side has the old primary and one server, the other has all the rest. */
  async "primary isolated with an instance"(site, { random, ms }) {
    const { set, instances } = site;
    const old = await set.primary();
    const inside = random.pick(instances);
    await whileInDoubt(inside, async () => {
      set.isolateFromMembers(old);
      const rest = set.members.filter((each) => each !== old);
      for (const { address } of instances) set.cutOff(address, address === inside.address ? rest : [old]);
      await untilAnotherLeads(site, old);
      await delay(ms);
      await set.heal();
    });
  },

  async "primary steps down"({ set }) {
    const old = await set.primary();
    await old.command({ replSetStepDown: 5, secondaryCatchUpPeriodSecs: 3 }).catch(() => {});
    await set.becomesWhole();
  },

  async "streams hang"({ set }, { ms }) {
    await set.failCommands({ failCommands: ["getMore"], blockConnection: true, blockTimeMS: Math.round(ms) });
    await delay(ms);
    await set.failCommands(null);
  },

  async "streams fail"({ set }, { ms }) {
    for (const until = Date.now() + ms; Date.now() < until; await delay(300))
      await set.failCommands({ failCommands: ["getMore"], errorCode: 286 }, { times: 3 });
    await set.failCommands(null);
  },

  async "instance stopped"({ instances }, { random, ms }) {
    const instance = random.pick(instances);
    await whileInDoubt(instance, async () => {
      instance.process().signal("SIGSTOP");
      await delay(ms);
      instance.process().signal("SIGCONT");
    });
  },

  async "instance cut off from all members"(site, { random, ms }) {
    const instance = random.pick(site.instances);
    await whileInDoubt(instance, () => hideFrom(site, instance, site.set.members, ms));
  },

  async "instance cut off from the primary"(site, { random, ms }) {
    const primary = await site.set.primary();
    const instance = random.pick(site.instances);
    await whileInDoubt(instance, () => hideFrom(site, instance, [primary], ms));
  },

  async "a clock set ahead"({ instances }, { random, ms }) {
    const instance = random.pick(instances);
    await instance.process().setClock(90_000);
    await delay(ms);
    await instance.process().setClock(0);
  },

  async "a clock set back"({ instances }, { random, ms }) {
    const instance = random.pick(instances);
    await instance.process().setClock(-90_000);
    await delay(ms);
    await instance.process().setClock(0);
  },

  async "instance killed"({ instances }, { random, ms }) {
    const instance = random.pick(instances);
    await instance.end("SIGKILL");
    await delay(ms);
    await instance.start();
  },

  async "rolling restart"({ set, instances }) {
    for (const instance of instances) {
      await instance.end("SIGTERM");
      await instance.start();
    }
    const primary = await set.primary();
    for (const member of [...set.members.filter((each) => each !== primary), primary]) {
      await member.end("SIGTERM");
      await member.start();
      await set.becomesWhole();
    }
  },
} as const satisfies Record<string, Injection>;

export type FaultName = keyof typeof table;

export const injections: Readonly<Record<FaultName, Injection>> = table;
