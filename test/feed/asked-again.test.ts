import { expect, it } from "vitest";
import { asks } from "../support/proxy.js";
import { type Library, newSite, openLibrary } from "./library.js";

/** Lets the database do what it is asked next, and its answer be lost: the driver sends it again. */
async function asksAgain<T>({ data }: Library, act: () => Promise<T>): Promise<T> {
  const { held, release } = data.holdAnswers(asks("findAndModify", "users"));
  const acting = act();
  await held;
  data.cut();
  release();
  data.heal();
  return acting;
}

it("answers a login with its own session where the database was asked twice", async () => {
  const here = await openLibrary(newSite());
  const first = await here.signUp();
  const second = await asksAgain(here, () => here.login(first.email));
  expect(second.session.id).not.toBe(first.session.id);
  expect((await here.admitted(second.accessToken)).principal.sessionId).toBe(second.session.id);
});

it("answers a refresh with its own session where the database was asked twice", async () => {
  const here = await openLibrary(newSite());
  const first = await here.signUp();
  const second = await here.login(first.email);
  const refreshed = await asksAgain(here, () => here.refresh(second.refreshToken));
  expect(refreshed.session.id).toBe(second.session.id);
  expect(await here.worth(refreshed.accessToken)).toBe("ok");
});
