import { expect, it } from "vitest";
import { logout } from "../../src/accounts/logout.js";
import { MusterError } from "../../src/errors.js";
import { sessionList } from "../../src/revocation/session-list.js";
import type { Strategy } from "../../src/revocation/strategy.js";
import { newSite, openLibrary } from "../feed/library.js";
import { change } from "../standing/support.js";

/** The roll, and somebody outside who is told of each token that has ended. */
function telling() {
  const told: { userId: string; jtis: string[] }[] = [];
  const fault: { now: MusterError | null } = { now: null };
  const strategy: Strategy = {
    ...sessionList(),
    keepsEndedTokens: true,
    async publishEnded(userId, ended) {
      if (fault.now) throw fault.now;
      told.push({ userId, jtis: ended.map(({ jti }) => jti) });
    },
  };
  return { strategy, told, fault };
}

async function openTwoTelling() {
  const site = newSite();
  const [near, far] = [telling(), telling()];
  const here = await openLibrary(site, { strategy: near.strategy });
  const there = await openLibrary(site, { strategy: far.strategy });
  return { here, there, near, far };
}

it("tells on every instance what has ended, before the mutation returns", async () => {
  const { here, near, far } = await openTwoTelling();
  const { email, accessToken } = await here.signUp();
  const { userId, claims } = await here.admitted(accessToken);
  await here.login(email);
  await logout(here.parts, await here.admitted(accessToken));
  for (const { told } of [near, far]) expect(told).toContainEqual({ userId, jtis: [claims.jti] });
});

it("tells all of it again by a write that finds nothing left to end", async () => {
  const { here, near, far } = await openTwoTelling();
  const { email, accessToken } = await here.signUp();
  const { userId, claims } = await here.admitted(accessToken);
  await here.logoutEverywhere(accessToken);
  for (const { told } of [near, far]) told.length = 0;
  await change(here, email, {});
  for (const { told } of [near, far]) expect(told).toContainEqual({ userId, jtis: [claims.jti] });
});

it("fails the mutation where it can't be told, and does it by a repeat", async () => {
  const { here, near, far } = await openTwoTelling();
  const { email, accessToken } = await here.signUp();
  const { userId, claims } = await here.admitted(accessToken);
  near.fault.now = new MusterError("STORE_UNREACHABLE");
  await expect(here.logoutEverywhere(accessToken)).rejects.toMatchObject({
    code: "SERVICE_UNAVAILABLE",
    reason: "STORE_UNREACHABLE",
  });
  near.fault.now = null;
  near.told.length = 0;
  await change(here, email, {});
  for (const { told } of [near, far]) expect(told).toContainEqual({ userId, jtis: [claims.jti] });
});

it("is not fresh where an instance heard of something and could not tell it", async () => {
  const { here, there, far } = await openTwoTelling();
  const { accessToken } = await here.signUp();
  let resets = 0;
  there.parts.leases.feed.listen({ onUser() {}, onReset: () => resets++ });
  far.fault.now = new MusterError("STORE_UNREACHABLE");
  await here.logoutEverywhere(accessToken);
  expect(resets).toBeGreaterThan(0);
  far.fault.now = null;
  await there.untilFresh();
  expect(await there.worth(accessToken)).toBe("SESSION_REVOKED");
});
