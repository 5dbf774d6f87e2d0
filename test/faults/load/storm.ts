import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Operation } from "../../history/operation.js";
import type { Site } from "../rig/site.js";
import type { Ask, Device } from "./ask.js";
import { finish, type LoadReport } from "./finish.js";
import { signUp } from "./sign-up.js";

export type Storm = {
  /** Logs out one session after the other at that pace, if the machine gives it, and looks elsewhere whether it is over. */
  run(options: { perSecond: number }): Promise<{ seconds: number }>;
  /** How many logouts have been answered so far. */
  answered(): number;
  /** Heals the site and checks what was seen. */
  stop(): Promise<LoadReport>;
};

const hands = 32;
const signInHands = 16;
const mostTries = 10;
const pauseMs = 300;

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
  const sessions: { ask: Ask; device: Device }[] = [];
  const users: string[] = [];
  const at = (turn: number) => instances[turn % instances.length]!;

  await inTurn(signInHands, Array.from({ length: people }), async (_, turn) => {
    const { user, ask, device } = await signUp(`s${turn}-${run}`, at(turn), operations);
    users.push(user);
    sessions.push({ ask, device });
    for (let index = 1; index < devices; index++) {
      const told = await ask.login(at(turn + index));
      if (told?.made) sessions.push({ ask, device: told.made });
    }
  });

  return {
    async run({ perSecond }) {
      const beganMs = performance.now();
      // those of one user are spread over the storm
      const mixed = [...sessions].sort((a, b) => (a.device.session < b.device.session ? -1 : 1));
      await inTurn(hands, mixed, async ({ ask, device }, turn) => {
        await delay(Math.max(0, beganMs + (turn * 1_000) / perSecond - performance.now()));
        // whoever is not told asks again, elsewhere
        for (let tries = 0; tries < mostTries; tries++) {
          const told = await ask.end("logout", at(turn + tries), device);
          if (told?.outcome === "ok" || told?.outcome === "refused") break;
          await delay(pauseMs);
        }
        await ask.request(at(turn + 1), device);
      });
      return { seconds: (performance.now() - beganMs) / 1_000 };
    },
    answered: () => operations.filter(({ kind, outcome }) => kind === "logout" && outcome === "ok").length,
    stop: () => finish({ site, operations, users }),
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
