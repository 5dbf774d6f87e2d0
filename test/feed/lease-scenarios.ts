import { expect, vi } from "vitest";
import type { Sabotage } from "../../src/auth-state/leases.js";
import { asks } from "../support/proxy.js";
import { newSite, openLibrary } from "./library.js";

/** What must hold of two instances, step by step: each fails where the rule that it is about is left out. */
async function openTwo(sabotage: Sabotage) {
  const site = newSite();
  const seams = { sabotage };
  return { here: await openLibrary(site, { seams }), there: await openLibrary(site, { seams }) };
}

/** A read is answered, and its instance hears of the answer when its user has been logged out. */
export async function overtakenRead(sabotage: Sabotage = {}): Promise<void> {
  const { here, there } = await openTwo(sabotage);
  const { accessToken } = await there.signUp();
  // the database has answered, and the instance does not know yet
  const { held, release } = here.data.holdAnswers(asks("aggregate", "users"));
  const asked = here.worth(accessToken);
  await held;
  await there.logoutEverywhere(accessToken);
  release();
  // it began before the logout: either answer is right
  expect(["ok", "SESSION_REVOKED"]).toContain(await asked);
  expect(await here.worth(accessToken)).toBe("SESSION_REVOKED");
  expect(here.muster.status().memory.poisonedFills).toBeGreaterThan(0);
}

/** An instance remembers users, and hears no more of them. */
export async function deafInstance(sabotage: Sabotage = {}): Promise<void> {
  const { here, there } = await openTwo(sabotage);
  const [first, second] = [await there.signUp(), await there.signUp()];
  for (const { accessToken } of [first, second]) await here.remember(accessToken);
  here.control.hang();
  const began = performance.now();
  await there.logoutEverywhere(first.accessToken);
  const waitedMs = performance.now() - began;
  // what is not a promise was admitted from memory
  expect(here.parts.authenticate.token(first.accessToken)).toBeInstanceOf(Promise);
  expect(waitedMs).toBeGreaterThan(500);
  const again = performance.now();
  await there.logoutEverywhere(second.accessToken);
  expect(performance.now() - again).toBeLessThan(900);
  here.control.heal();
  for (const { accessToken } of [first, second]) expect(await here.worth(accessToken)).toBe("SESSION_REVOKED");
}

/** A user signs in once more at another instance: nobody is told, for it takes nothing away. */
export async function loginElsewhere(sabotage: Sabotage = {}): Promise<void> {
  const { here, there } = await openTwo(sabotage);
  const { email, accessToken } = await here.signUp();
  // a read that the news of the sign-up overtakes is not remembered: ask again
  await vi.waitFor(
    async () => {
      await here.worth(accessToken);
      if (here.muster.status().memory.entries === 0) throw new Error("It is not remembered.");
    },
    { timeout: 20_000, interval: 5 },
  );
  expect(await here.worth((await there.login(email)).accessToken)).toBe("ok");
}
