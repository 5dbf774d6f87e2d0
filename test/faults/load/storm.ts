import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { checkHistory } from "../../history/check.js";
import type { Operation } from "../../history/operation.js";
import type { Site } from "../rig/site.js";
import { createAsk, type Device } from "./ask.js";
import type { LoadReport } from "./run-load.js";

export type Storm = {
  /** Logs out one session after the other at that pace, if the machine gives it, and looks elsewhere whether it is over. */
  run(options: { perSecond: number }): Promise<{ seconds: number }>;
  /** How many logouts have been answered so far. */
  answered(): number;
  /** Heals the site and checks what was seen. */
  stop(): Promise<LoadReport>;
};

const hands = 100;
const signInHands = 24;
const settleMs = 2_500;

/** Signs in `people` × `devices` times. */
export async function prepareStorm({
  site,
  people,
  devices,
}: {
  site: Site;
  people: number;
  devices: number;
}): Promise<Storm> {
  const operations: Operation[] = [];
  const run = randomBytes(4).toString("hex");
  const { instances } = site;
  const users = Array.from({ length: people }, (_, index) => {
    const user = `s${index}-${run}@test.example`;
    return { user, ask: createAsk({ user, client: `s${index}`, operations }) };
  });
  const sessions: { user: (typeof users)[number]; device: Device }[] = [];
  const at = (turn: number) => instances[turn % instances.length]!;

  await inTurn(signInHands, users, async (user, turn) => {
    for (let index = 0; index < devices; index++) {
      const told = index === 0 ? await user.ask.signUp(at(turn)) : await user.ask.login(at(turn + index));
      if (told?.made) sessions.push({ user, device: told.made });
      else if (index === 0) throw new Error(`Somebody could not sign up: ${told?.operation.outcome}.`);
    }
  });

  return {
    async run({ perSecond }) {
      const beganMs = performance.now();
      // those of one user are spread over the storm
      const mixed = [...sessions].sort((a, b) => (a.device.session < b.device.session ? -1 : 1));
      await inTurn(hands, mixed, async ({ user: { ask }, device }, turn) => {
        await delay(Math.max(0, beganMs + (turn * 1_000) / perSecond - performance.now()));
        await ask.end("logout", at(turn), device);
        await ask.request(at(turn + 1), device);
      });
      return { seconds: (performance.now() - beganMs) / 1_000 };
    },
    answered: () => operations.filter(({ kind, outcome }) => kind === "logout" && outcome === "ok").length,
    async stop() {
      await site.heal();
      await delay(settleMs);
      const rolls = await site.readRolls(users.map(({ user }) => user));
      return { operations, faults: checkHistory({ operations, rolls }) };
    },
  };
}

/** Does this with each, so many at a time. */
async function inTurn<T>(
  hands: number,
  all: readonly T[],
  act: (each: T, turn: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < all.length) {
      const turn = next++;
      await act(all[turn]!, turn);
    }
  };
  await Promise.all(Array.from({ length: hands }, work));
}
