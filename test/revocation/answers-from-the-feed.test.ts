import { describe, expect, it, vi } from "vitest";
import { logout } from "../../src/accounts/logout.js";
import { logoutOthers } from "../../src/accounts/logout-others.js";
import { literal } from "../../src/sessions/roll.js";
import { newId } from "../../src/tokens/claims.js";
import { openLibrary } from "../feed/library.js";
import {
  change,
  look,
  openByHand,
  openOne,
  openTwo,
  readsDuring,
  untilAllIsKnown,
  untilUnread,
} from "../standing/support.js";

const strategies = ["revoked-before", "denylist", "group-epoch"] as const;

describe.each(strategies)("%s", (strategy) => {
  it("admits without a read, and on no instance once a logout everywhere has returned", async () => {
    const { here, there } = await openTwo(strategy);
    const [user, bystander] = [await there.signUp(), await there.signUp()];
    const again = await here.login(user.email);
    const tokens = [user.accessToken, again.accessToken];
    for (const token of [...tokens, bystander.accessToken])
      for (const each of [here, there]) await untilUnread(each, token);
    const looks = async () => {
      for (let count = 0; count < 100; count++)
        for (const token of tokens) expect(await look(here, token)).toBe("unread");
    };
    expect(await readsDuring(here, looks)).toEqual([]);

    await here.logoutEverywhere(again.accessToken);
    for (const token of tokens)
      for (const each of [here, there]) expect(await look(each, token)).toBe("SESSION_REVOKED");
    for (const each of [here, there]) expect(["unread", "ok"]).toContain(await look(each, bystander.accessToken));
    const { accessToken } = await there.login(user.email);
    for (const each of [here, there]) expect(["unread", "ok"]).toContain(await look(each, accessToken));
  });

  it("knows after a restart of all instances what was ended before", async () => {
    const { site, here, there } = await openTwo(strategy);
    const [user, bystander] = [await there.signUp(), await there.signUp()];
    await here.logoutEverywhere(user.accessToken);
    for (const each of [here, there]) await each.muster.close();
    const restarted = await openLibrary(site, { strategy });
    expect(await look(restarted, user.accessToken)).toBe("SESSION_REVOKED");
    await untilAllIsKnown(restarted);
    expect(await look(restarted, user.accessToken)).toBe("SESSION_REVOKED");
    expect(["unread", "ok"]).toContain(await look(restarted, bystander.accessToken));
  });

  it("refuses at once who was disabled, and admits at once who was enabled again", async () => {
    const { site, here, there } = await openTwo(strategy);
    const { email, accessToken } = await there.signUp();
    for (const each of [here, there]) await untilUnread(each, accessToken);
    await change(here, email, { enabled: false });
    for (const each of [here, there]) expect(await look(each, accessToken)).toBe("USER_DISABLED");
    await untilAllIsKnown(here, there);
    const third = await openOne(site, strategy);
    for (const each of [here, there, third]) expect(await look(each, accessToken)).toBe("USER_DISABLED");
    await change(here, email, { enabled: true });
    for (const each of [here, there, third]) expect(await look(each, accessToken)).toMatch(/^(ok|unread)$/);
  });

  it("refuses at once what was issued before a date of its user, and nothing newer", async () => {
    const { site, here, there } = await openTwo(strategy);
    const { email, accessToken } = await there.signUp();
    for (const each of [here, there]) await untilUnread(each, accessToken);
    await change(here, email, { tokensValidAfter: literal(new Date(Date.now() + 5_000)) });
    const { accessToken: newer } = await there.login(email);
    const third = await openOne(site, strategy);
    for (const each of [here, there, third]) {
      expect(await look(each, accessToken)).toBe("SESSION_REVOKED");
      expect(await look(each, newer)).toMatch(/^(ok|unread)$/);
    }
  });

  it("refuses what was issued before a revocation in the same millisecond, and admits what was issued after it", async () => {
    const { here, there } = await openTwo(strategy);
    const { email, accessToken } = await there.signUp();
    // the database's clock will not be as far for a while: everything from now on has this moment, or is one behind
    const ahead = new Date(Date.now() + 3_600_000);
    await change(here, email, { lastIssuedAt: literal(ahead), tokensValidAfter: literal(ahead) });
    const before = await here.login(email);
    for (const each of [here, there]) expect(await look(each, accessToken)).toBe("SESSION_REVOKED");
    await there.logoutEverywhere(before.accessToken);
    const after = await here.login(email);
    for (const each of [here, there]) {
      expect(await look(each, before.accessToken)).toBe("SESSION_REVOKED");
      expect(await look(each, after.accessToken)).toMatch(/^(ok|unread)$/);
    }
  });

  it("refuses at once a subject that was replaced, and admits the new one", async () => {
    const { here, there } = await openTwo(strategy);
    const { email, accessToken, refreshToken } = await there.signUp();
    for (const each of [here, there]) await untilUnread(each, accessToken);
    await change(here, email, { subjectSuffix: literal(newId()) });
    const { accessToken: newer } = await there.refresh(refreshToken);
    for (const each of [here, there]) {
      expect(await look(each, accessToken)).toBe("SESSION_REVOKED");
      expect(await look(each, newer)).toMatch(/^(ok|unread)$/);
    }
    await untilAllIsKnown(here, there);
    for (const each of [here, there]) expect(await look(each, accessToken)).toBe("SESSION_REVOKED");
  });

  it("refuses what began before everything was ended, also a login that was on its way", async () => {
    let goOn = () => {};
    let arrived = () => {};
    const isThere = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const { site, here, there } = await openTwo(strategy, {
      seams: {
        hasher: (hasher) => ({
          ...hasher,
          async verify(hash, password) {
            arrived();
            await held;
            return hasher.verify(hash, password);
          },
        }),
      },
    });
    const { email, accessToken } = await there.signUp();
    for (const each of [here, there]) await untilUnread(each, accessToken);
    const onItsWay = here.login(email);
    await isThere;
    await (await openByHand(site)).setSystem({ counter: 1 });
    await vi.waitFor(async () => {
      for (const each of [here, there]) expect(await look(each, accessToken)).toBe("SESSION_REVOKED");
    }, 10_000);
    await untilAllIsKnown(here, there);
    goOn();
    const { accessToken: overtaken } = await onItsWay;
    const { accessToken: newer } = await there.login(email);
    for (const each of [here, there]) {
      await untilUnread(each, newer);
      expect(await look(each, overtaken)).toBe("SESSION_REVOKED");
      expect(await look(each, accessToken)).toBe("SESSION_REVOKED");
    }
  });

  it("refuses the tokens of a user who was deleted by hand", async () => {
    const { site, here, there } = await openTwo(strategy);
    const { email, accessToken } = await there.signUp();
    for (const each of [here, there]) await untilUnread(each, accessToken);
    const { users } = await openByHand(site);
    await users.deleteOne({ email }, { writeConcern: { w: "majority" } });
    await untilAllIsKnown(here, there);
    for (const each of [here, there]) expect(await look(each, accessToken)).toBe("USER_NOT_FOUND");
  });

  it("refuses after a restart the tokens of a user whose deletion was noted", async () => {
    const { site, here } = await openTwo(strategy);
    const { accessToken, user } = await here.signUp();
    const { users, database } = await openByHand(site);
    await database
      .collection<{ _id: string; until: Date }>("muster_retired_subjects")
      .insertOne({ _id: String(user._id), until: new Date(Date.now() + 900_000) }, { writeConcern: { w: "majority" } });
    await users.deleteOne({ _id: user._id as never }, { writeConcern: { w: "majority" } });
    const restarted = await openLibrary(site, { strategy });
    expect(await look(restarted, accessToken)).toBe("USER_NOT_FOUND");
    await untilAllIsKnown(restarted);
    expect(await look(restarted, accessToken)).toBe("USER_NOT_FOUND");
  });

  it("ends the others by a login, where it is to", async () => {
    const { site, here } = await openTwo(strategy);
    const single = await openOne(site, strategy, { newLoginEnds: "others" });
    const { email, accessToken } = await single.signUp();
    for (const each of [here, single]) await untilUnread(each, accessToken);
    const { accessToken: newer } = await single.login(email);
    for (const each of [here, single]) {
      expect(await look(each, accessToken)).toBe("SESSION_REVOKED");
      expect(await look(each, newer)).toMatch(/^(ok|unread)$/);
    }
  });

  it("looks at the user where that is asked for, once, and then from memory", async () => {
    const here = await openOne((await openTwo(strategy)).site, strategy);
    const { accessToken } = await here.signUp();
    await untilAllIsKnown(here);
    await untilUnread(here, accessToken);
    const known = async () => here.parts.authenticate.known(await here.admitted(accessToken));
    expect(await readsDuring(here, known)).toEqual(["aggregate users"]);
    expect(await readsDuring(here, known)).toEqual([]);
  });

  it("judges by the state, by one read, where there are no leases", async () => {
    const { site } = await openTwo(strategy);
    const here = await openLibrary(site, { strategy, authStateMode: "read-through" });
    const [user, bystander] = [await here.signUp(), await here.signUp()];
    await here.logoutEverywhere(user.accessToken);
    const looks = async () => {
      expect(await look(here, user.accessToken)).toBe("SESSION_REVOKED");
      expect(await look(here, bystander.accessToken)).toBe("ok");
    };
    expect(await readsDuring(here, looks)).toEqual(["aggregate users", "aggregate users"]);
  });
});

describe.each(["denylist", "group-epoch"] as const)("%s", (strategy) => {
  it("ends one session, or all but one, at once on both instances, and no other", async () => {
    const { here, there } = await openTwo(strategy);
    const { email, accessToken } = await there.signUp();
    const [second, third] = [await there.login(email), await here.login(email)];
    for (const token of [accessToken, second.accessToken, third.accessToken])
      for (const each of [here, there]) await untilUnread(each, token);
    await logout(here.parts, await here.admitted(second.accessToken));
    for (const each of [here, there]) {
      expect(await look(each, second.accessToken)).toBe("SESSION_REVOKED");
      expect(await look(each, accessToken)).toMatch(/^(ok|unread)$/);
    }
    await logoutOthers(there.parts, await there.admitted(third.accessToken));
    for (const each of [here, there]) {
      expect(await look(each, accessToken)).toBe("SESSION_REVOKED");
      expect(await look(each, third.accessToken)).toMatch(/^(ok|unread)$/);
    }
  });
});

it("ends a refresh token and says that the access token lives on, where revoked-before is to end one session", async () => {
  const { here, there } = await openTwo("revoked-before");
  const { accessToken, refreshToken } = await there.signUp();
  await expect(logout(here.parts, await here.admitted(accessToken))).rejects.toMatchObject({
    code: "BAD_USER_INPUT",
    reason: "NOT_SUPPORTED_BY_STRATEGY",
  });
  for (const each of [here, there]) expect(await look(each, accessToken)).toMatch(/^(ok|unread)$/);
  await expect(there.refresh(refreshToken)).rejects.toMatchObject({
    code: "UNAUTHENTICATED",
    reason: "REFRESH_INVALID",
  });
});
