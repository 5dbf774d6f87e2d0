import { expect, it, vi } from "vitest";
import { logout } from "../../src/accounts/logout.js";
import { createMovableClock } from "../../src/clock.js";
import { asks } from "../support/proxy.js";
import { change, look, openByHand, openTwo, readsDuring, untilAllIsKnown, untilUnread } from "./support.js";

const patience = { timeout: 10_000, interval: 1 };

it("refuses what was ended while everything is loaded, and after that, whatever the load had read", async () => {
  const { site, here, there } = await openTwo("denylist");
  const byHand = await openByHand(site);
  const [user, bystander] = [await there.signUp(), await there.signUp()];
  await untilAllIsKnown(here, there);

  const { held, release } = here.control.holdAnswers(asks("find", "users"));
  // forgets everything, and loads it again
  await byHand.setSystem({ counter: 0 });
  await held;
  expect(here.muster.status().standing).toMatchObject({ loaded: false });
  // nothing is known: the state is asked
  expect(await look(here, bystander.accessToken)).toBe("ok");
  await there.logoutEverywhere(user.accessToken);
  expect(await look(here, user.accessToken)).toBe("SESSION_REVOKED");
  release();
  await vi.waitFor(() => expect(here.muster.status().standing).toMatchObject({ loaded: true }), patience);
  expect(await look(here, user.accessToken)).toBe("SESSION_REVOKED");
  await untilAllIsKnown(here);
  expect(await look(here, user.accessToken)).toBe("SESSION_REVOKED");
  expect(await look(here, bystander.accessToken)).toBe("unread");
  expect(here.muster.status().standing).toMatchObject({ users: 1 });
});

it("throws away a load that a reset has overtaken", async () => {
  const { site, here, there } = await openTwo("revoked-before");
  const byHand = await openByHand(site);
  const user = await there.signUp();
  await untilAllIsKnown(here, there);

  const { held, release } = here.control.holdAnswers(asks("find", "users"));
  await byHand.setSystem({ counter: 0 });
  await held;
  const { fills } = here.muster.status().memory;
  // one that ends everything: what the held load has read is from before it
  await byHand.setSystem({ counter: 1 });
  await vi.waitFor(async () => expect(await look(here, user.accessToken)).toBe("SESSION_REVOKED"), patience);
  release();
  await untilAllIsKnown(here, there);
  expect(here.muster.status().memory.fills).toBeGreaterThan(fills);
  expect(await look(here, user.accessToken)).toBe("SESSION_REVOKED");
  const { accessToken } = await there.login(user.email);
  await untilUnread(here, accessToken);
});

it("clears nobody of whom something has changed before that was read, and holds up no revocation meanwhile", async () => {
  const { here, there } = await openTwo("denylist");
  const [user, bystander] = [await there.signUp(), await there.signUp()];
  const other = await there.login(user.email);
  await untilAllIsKnown(here, there);
  for (const token of [user.accessToken, other.accessToken, bystander.accessToken]) await untilUnread(here, token);

  const { held, release } = here.control.holdAnswers(asks("find", "users"));
  await logout(there.parts, await there.admitted(user.accessToken));
  await held;
  expect(here.muster.status().standing).toMatchObject({ loaded: true, doubted: 1 });
  expect(await look(here, user.accessToken)).toBe("SESSION_REVOKED");
  expect(await look(here, other.accessToken)).toBe("ok");
  const looks = async () => expect(await look(here, bystander.accessToken)).toBe("unread");
  expect(await readsDuring(here, looks)).toEqual([]);
  // another change while that read is on its way: it is worth nothing now
  await logout(there.parts, await there.admitted(other.accessToken));
  expect(await look(here, other.accessToken)).toBe("SESSION_REVOKED");
  release();
  await untilAllIsKnown(here);
  for (const token of [user.accessToken, other.accessToken]) expect(await look(here, token)).toBe("SESSION_REVOKED");
});

it("reads again who is in doubt where the read failed", async () => {
  const failures: unknown[] = [];
  const { here, there } = await openTwo("revoked-before", { onError: (error) => failures.push(error) });
  const { email, accessToken } = await there.signUp();
  await untilAllIsKnown(here, there);
  const { held, release } = here.control.holdAnswers(asks("find", "users"));
  await change(there, email, { enabled: false });
  await held;
  await vi.waitFor(
    () => expect(failures).toContainEqual(expect.objectContaining({ reason: "STORE_UNREACHABLE" })),
    patience,
  );
  expect(here.muster.status().standing).toMatchObject({ doubted: 1 });
  expect(await look(here, accessToken)).toBe("USER_DISABLED");
  release();
  await untilAllIsKnown(here);
  expect(here.muster.status().standing).toMatchObject({ users: 1, doubted: 0 });
});

it("says nothing while the feed is not fresh", async () => {
  const { here, there } = await openTwo("denylist");
  const { accessToken } = await there.signUp();
  await untilAllIsKnown(here, there);
  await untilUnread(here, accessToken);
  here.control.holdAnswers(asks("getMore"));
  await vi.waitFor(() => expect(here.muster.status().freshForMs).toBe(0), patience);
  expect(await look(here, accessToken)).toBe("ok");
  await there.logoutEverywhere(accessToken);
  expect(await look(here, accessToken)).toBe("SESSION_REVOKED");
  // and where the database can't be asked either, nothing is known
  here.control.hang();
  here.data.hang();
  expect(await look(here, accessToken)).toBe("unknown");
});

it("forgets what could end only tokens that have expired, and never who is disabled", async () => {
  const clock = createMovableClock();
  const { here, there } = await openTwo("revoked-before", { clock, accessTokenSeconds: 300 });
  const [ended, disabled] = [await there.signUp(), await there.signUp()];
  await there.logoutEverywhere(ended.accessToken);
  await change(there, disabled.email, { enabled: false });
  await untilAllIsKnown(here, there);
  expect(here.muster.status().standing).toMatchObject({ users: 2 });
  clock.advance(300_000 + 600_000 + 120_000);
  await vi.waitFor(() => expect(here.muster.status().standing).toMatchObject({ users: 1 }), patience);
});

it("loads by indexes, and knows of whom it must", async () => {
  const { site, here, there } = await openTwo("denylist");
  const [ended, disabled, untouched] = [await there.signUp(), await there.signUp(), await there.signUp()];
  await there.logoutEverywhere(ended.accessToken);
  await change(there, disabled.email, { enabled: false });
  const { users, database } = await openByHand(site);
  await database
    .collection<{ _id: string; until: Date }>("muster_retired_subjects")
    .insertOne({ _id: "somebody", until: new Date(Date.now() + 60_000) }, { writeConcern: { w: "majority" } });
  const since = { $gt: new Date() };
  const filter = { $or: [{ enabled: false }, { tokensValidAfter: since }, { "endedTokens.until": since }] };
  const { executionStats, queryPlanner } = await users.find(filter).explain("executionStats");
  expect(JSON.stringify(queryPlanner.winningPlan)).not.toContain("COLLSCAN");
  expect(executionStats.totalDocsExamined).toBe(2);
  // a reset: everything is loaded again
  await (await openByHand(site)).setSystem({ counter: 0 });
  await vi.waitFor(
    () => expect(here.muster.status().standing).toEqual({ loaded: true, users: 2, subjects: 1, doubted: 0 }),
    patience,
  );
  await untilUnread(here, untouched.accessToken);
});

it("refuses what was ended also by an instance whose clock was ahead for a while, and forgot it then", async () => {
  const clock = createMovableClock();
  const { here, there } = await openTwo("denylist", { clock });
  const user = await there.signUp();
  await untilUnread(here, user.accessToken);
  await there.logoutEverywhere(user.accessToken);
  await untilAllIsKnown(here, there);
  clock.advance(7_200_000);
  await vi.waitFor(() => expect(here.muster.status().standing).toMatchObject({ users: 0 }), patience);
  clock.advance(-7_200_000);
  expect(await look(here, user.accessToken)).toBe("SESSION_REVOKED");
  // what is issued now is judged without a look at the user again once its clock is where it was; before that by the state
  expect(await look(here, (await there.signUp()).accessToken)).toBe("ok");
});

it("refuses whose document was removed by hand also after everything was loaded again", async () => {
  const { site, here, there } = await openTwo("revoked-before");
  const byHand = await openByHand(site);
  const [user, bystander] = [await there.signUp(), await there.signUp()];
  await untilUnread(here, user.accessToken);
  await byHand.users.deleteOne({ email: user.email }, { writeConcern: { w: "majority" } });
  await untilAllIsKnown(here, there);
  expect(await look(here, user.accessToken)).toBe("USER_NOT_FOUND");
  await byHand.setSystem({ counter: 0 });
  await untilAllIsKnown(here, there);
  await untilUnread(here, bystander.accessToken);
  expect(await look(here, user.accessToken)).toBe("USER_NOT_FOUND");
});
