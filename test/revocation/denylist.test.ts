import { expect, it, vi } from "vitest";
import { changePassword } from "../../src/accounts/change-password.js";
import { look, openByHand, openOne, openTwo, untilAllIsKnown, untilUnread } from "../standing/support.js";

const client = { ip: null, userAgent: null };

it("ends at once what a ninth token pushes off the roll, and keeps it ended", async () => {
  const { site, here, there } = await openTwo("denylist");
  const { users } = await openByHand(site);
  const { email, accessToken, refreshToken } = await there.signUp();
  let latest = { accessToken, refreshToken };
  const tokens = [accessToken];
  const next = async () => {
    latest = await there.refresh(latest.refreshToken);
    tokens.push(latest.accessToken);
  };
  for (let count = 0; count < 7; count++) await next();
  await untilAllIsKnown(here, there);
  for (const token of tokens) for (const each of [here, there]) await untilUnread(each, token);
  const { rev } = (await users.findOne({ email }))!;
  await next();
  for (const each of [here, there]) expect(await look(each, tokens[0]!)).toBe("TOKEN_SUPERSEDED");
  const { endedTokens, rev: after } = (await users.findOne({ email }))!;
  expect(endedTokens).toEqual([
    { jti: (await there.parts.authenticate.read(tokens[0]!)).jti, until: expect.any(Date) },
  ]);
  expect(after).not.toBe(rev);
  for (const token of tokens.slice(1)) for (const each of [here, there]) await untilUnread(each, token);
  const restarted = await openOne(site, "denylist");
  expect(await look(restarted, tokens[0]!)).toBe("TOKEN_SUPERSEDED");
  await untilUnread(restarted, tokens[1]!);
});

it("writes nothing of it, and waits for nobody, where a refresh only adds", async () => {
  const { site, there } = await openTwo("denylist");
  const { users } = await openByHand(site);
  const { email, refreshToken } = await there.signUp();
  const before = (await users.findOne({ email }))!;
  await there.refresh(refreshToken);
  const after = (await users.findOne({ email }))!;
  expect([after.rev, after.endedTokens]).toEqual([before.rev, undefined]);
  expect(after.grew).not.toBe(before.grew);
});

it("ends the tokens from before of a session that proves itself anew, and of all others", async () => {
  const { here, there } = await openTwo("denylist");
  const { email, accessToken } = await there.signUp();
  const other = await here.login(email);
  for (const token of [accessToken, other.accessToken])
    for (const each of [here, there]) await untilUnread(each, token);
  const asker = await there.parts.authenticate.known(await there.admitted(accessToken));
  if (asker.outcome !== "admit" || !asker.state) throw new Error("not admitted");
  const renewed = await changePassword(
    there.parts,
    { ...asker, state: asker.state },
    {
      currentPassword: "a long sentence for tests",
      newPassword: "another long sentence for tests",
      logoutEverywhere: false,
    },
    client,
  );
  for (const each of [here, there]) {
    expect(await look(each, accessToken)).toBe("TOKEN_SUPERSEDED");
    expect(await look(each, other.accessToken)).toBe("SESSION_REVOKED");
    expect(await look(each, renewed.accessToken)).toMatch(/^(ok|unread)$/);
  }
});

it("drops from the list, by the write that adds to it, what has expired by every clock, and nothing else", async () => {
  const { site, there } = await openTwo("denylist");
  const { users } = await openByHand(site);
  const { email, accessToken } = await there.signUp();
  const [old, lately] = [new Date(Date.now() - 700_000), new Date(Date.now() - 60_000)];
  const ended = [
    { jti: "old", until: old },
    { jti: "lately", until: lately },
  ];
  await users.updateOne({ email }, { $set: { endedTokens: ended } }, { writeConcern: { w: "majority" } });
  await there.logoutEverywhere(accessToken);
  const { endedTokens } = (await users.findOne({ email }))!;
  const { jti } = await there.parts.authenticate.read(accessToken);
  expect(endedTokens!.map((each) => each.jti)).toEqual(["lately", jti]);
});

it("refuses what was ended also on an instance whose clock is five minutes behind, to which an expired token is a good one", async () => {
  const lives = { accessTokenSeconds: 2, refreshGraceSeconds: 1 };
  const { site, there } = await openTwo("denylist", lives);
  const behind = { now: () => Date.now() - 300_000, aheadMs: () => 0 };
  const slow = await openOne(site, "denylist", { ...lives, clock: behind });
  const [ended, bystander] = [await slow.signUp(), await slow.signUp()];
  await untilUnread(slow, ended.accessToken);
  const { users } = await openByHand(site);
  const { rev, sessions } = (await users.findOne({ email: ended.email }))!;
  // by the database's clock, which is this machine's
  const expiresAtMs = sessions[0]!.jtis[0]!.expiresAt.getTime();
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(expiresAtMs), { timeout: 10_000 });
  expect(await look(there, bystander.accessToken)).toBe("TOKEN_EXPIRED");
  const { accessToken } = await slow.refresh(ended.refreshToken);
  // that the old one has expired is no revocation, for which all have to be waited for
  expect((await users.findOne({ email: ended.email }))!.rev).toBe(rev);
  await slow.logoutEverywhere(accessToken);
  await untilUnread(slow, bystander.accessToken);
  for (const token of [ended.accessToken, accessToken]) expect(await look(slow, token)).toBe("SESSION_REVOKED");
});
