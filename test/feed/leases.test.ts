import { expect, it, vi } from "vitest";
import { asks } from "../support/proxy.js";
import { deafInstance, loginElsewhere, overtakenRead } from "./lease-scenarios.js";
import { newSite, openLibrary } from "./library.js";

it("does not remember a read that a revocation has overtaken", () => overtakenRead());

it("asks the database behind a majority write while it is not fresh, and remembers nothing of it", async () => {
  const site = newSite();
  const [here, there] = [await openLibrary(site), await openLibrary(site)];
  const [known, ended, unknown] = [await there.signUp(), await there.signUp(), await there.signUp()];
  for (const { accessToken } of [known, ended]) await here.remember(accessToken);
  here.control.holdAnswers(asks("getMore"));
  await vi.waitFor(() => expect(here.muster.status().freshForMs).toBe(0), { timeout: 10_000 });

  const sentBefore = here.sent.length;
  const { fills } = here.muster.status().memory;
  expect(await here.worth(unknown.accessToken)).toBe("ok");
  const sent = here.sent.slice(sentBefore);
  expect(sent).toContainEqual({ command: "update", collection: "muster_instances" });
  expect(sent).toContainEqual({ command: "aggregate", collection: "users" });
  await there.logoutEverywhere(ended.accessToken);
  expect(await here.worth(ended.accessToken)).toBe("SESSION_REVOKED");
  expect(here.muster.status().memory.fills).toBe(fills);

  here.control.hang();
  expect(await here.worth(known.accessToken)).toBe("unknown");
});

it("is fresh again by itself once its stream, which hung, can be opened anew", async () => {
  const here = await openLibrary(newSite());
  const { accessToken } = await here.signUp();
  const { release } = here.control.holdAnswers(asks("getMore"));
  await vi.waitFor(() => expect(here.muster.status().freshForMs).toBe(0), { timeout: 10_000 });
  release();
  await here.untilFresh();
  await here.remember(accessToken);
});

it("waits for an instance that hears nothing until that one's lease has run out, and not a second time", () =>
  deafInstance());

it("admits a login at once where its user is remembered without it", () => loginElsewhere());
