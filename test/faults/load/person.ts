import { setTimeout as delay } from "node:timers/promises";
import type { Operation } from "../../history/operation.js";
import type { Instance } from "../rig/instance.js";
import type { Device, Ending } from "./ask.js";
import type { Random } from "./random.js";
import type { SignedUp } from "./sign-up.js";

/** A user with some devices, each step of whom is one thing that people do, and a look at whether it holds. */
export type Person = {
  user: string;
  step(): Promise<void>;
  /** Asks every instance for every session that should be good, until it is known. */
  askForAll(): Promise<void>;
};

const fewest = 2;
const most = 8;
const askForAllMs = 30_000;

const acts = [
  ...Array<"request">(12).fill("request"),
  ...Array<"login">(3).fill("login"),
  ...Array<"refresh">(3).fill("refresh"),
  ...["logout", "logout", "logoutSession", "logoutOthers", "logoutEverywhere"],
] as ("request" | "login" | "refresh" | Ending)[];

export function createPerson({
  signedUp: { user, ask, device: first },
  instances,
  random,
}: {
  signedUp: SignedUp;
  instances: readonly Instance[];
  random: Random;
}): Person {
  const held = new Set([first]);
  /** Those that asked for something and were not told whether it was done: they are ended until that is known. */
  const inDoubt = new Set<Device>();
  /** One refresh at a time: an app that has several tabs asks for them in turn. */
  const refreshing = new Set<Device>();

  /** Mostly one that a balancer would choose. */
  function somewhere(): Instance {
    const healthy = instances.filter(({ isInDoubt }) => !isInDoubt);
    return random.pick(healthy.length === 0 || random.below(20) === 0 ? instances : healthy);
  }

  /** What was refused is over; what had no answer may be. Whether that is right is for the checker to say. */
  function noteEnd(device: Device, operation: Operation | null): void {
    if (operation?.outcome === "refused") held.delete(device);
  }

  async function login() {
    const told = await ask.login(somewhere());
    if (!told?.made) return;
    held.add(told.made);
    // at once, and mostly where it was not made
    noteEnd(told.made, await ask.request(somewhere(), told.made));
  }

  async function refresh(device: Device) {
    if (refreshing.has(device)) return;
    refreshing.add(device);
    noteEnd(device, await ask.refresh(somewhere(), device));
    refreshing.delete(device);
    noteEnd(device, await ask.request(somewhere(), device));
  }

  async function end(kind: Ending, device: Device) {
    const others = [...held].filter((each) => each !== device);
    const target = kind === "logoutSession" ? random.pick([device, ...others]) : undefined;
    const doomed = {
      logout: [device],
      logoutSession: target ? [target] : [],
      logoutOthers: others,
      logoutEverywhere: [device, ...others],
    }[kind];
    const operation = await ask.end(kind, somewhere(), device, target ? { target: target.session } : {});
    if (!operation) return;
    noteEnd(device, operation);
    if (operation.outcome === "refused") return;
    for (const each of doomed) held.delete(each);
    if (operation.outcome !== "ok") {
      held.delete(device);
      inDoubt.add(device);
    }
    if (doomed.length === 0) return;
    const dead = random.pick(doomed);
    const running = instances.filter(({ isInDoubt }) => !isInDoubt);
    await Promise.all([
      ...running.map((instance) => ask.request(instance, dead)),
      ...(random.below(3) === 0 && !refreshing.has(dead) ? [ask.refresh(somewhere(), dead)] : []),
    ]);
  }

  async function settle(device: Device) {
    inDoubt.delete(device);
    const operation = await ask.end("logout", somewhere(), device);
    if (operation?.outcome !== "ok" && operation?.outcome !== "refused") inDoubt.add(device);
  }

  return {
    user,
    async step() {
      const [doubtful] = inDoubt;
      if (doubtful) await settle(doubtful);
      const devices = [...held];
      const act = devices.length < fewest ? "login" : random.pick(acts);
      if (act === "login") return devices.length < most ? login() : undefined;
      const device = random.pick(devices);
      if (act === "refresh") return refresh(device);
      if (act === "request") return noteEnd(device, await ask.request(somewhere(), device));
      return end(act, device);
    },
    async askForAll() {
      const asking = [...held].flatMap((device) => instances.map((instance) => ({ device, instance })));
      for (const { device, instance } of asking) {
        for (const deadline = performance.now() + askForAllMs; ; ) {
          const operation = await ask.request(instance, device);
          if (operation && operation.outcome !== "unavailable" && operation.outcome !== "unknown") break;
          if (performance.now() > deadline)
            throw new Error(`${instance.name} still does not know what a token is worth.`);
          await delay(100);
        }
      }
    },
  };
}
