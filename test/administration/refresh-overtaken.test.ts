import { expect, it, vi } from "vitest";
import { newSite, openLibrary } from "../feed/library.js";
import { openByHand, untilAllIsKnown } from "../standing/support.js";
import { asks } from "../support/proxy.js";

it("refuses a refresh on an instance that has not heard yet that everything issued so far was ended", async () => {
  const site = newSite();
  const here = await openLibrary(site);
  const there = await openLibrary(site, { leaseMs: 20_000 });
  const byHand = await openByHand(site);
  const user = await there.signUp();
  await untilAllIsKnown(here, there);
  // as memory has it: nothing was ended
  await there.parts.system.known();

  const { held, release } = there.control.holdAnswers(asks("getMore"));
  await held;
  const ending = here.parts.endForEverybody(new Date());
  const system = byHand.database.collection<{ _id: string; tokensValidAfter?: Date }>("muster_system");
  await vi.waitFor(
    async () => expect((await system.findOne({ _id: "system" }))?.tokensValidAfter).toBeDefined(),
    5_000,
  );
  expect(there.muster.status().freshForMs).toBeGreaterThan(0);
  await expect(there.refresh(user.refreshToken)).rejects.toMatchObject({ reason: "REFRESH_INVALID" });
  release();
  await ending;
  for (const each of [here, there]) expect(await each.worth(user.accessToken)).toBe("SESSION_REVOKED");
  await expect(here.refresh(user.refreshToken)).rejects.toMatchObject({ reason: "REFRESH_INVALID" });
});
