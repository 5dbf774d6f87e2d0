import { describe, expect, it } from "vitest";
import { addressKey } from "../../src/accounts/address-key.js";
import { createAttemptCounter } from "../../src/accounts/attempt-counter.js";
import {
  createAttempts,
  loginAddressLimit,
  loginPairLimit,
  passwordChangeLimit,
  signupLimit,
} from "../../src/accounts/attempts.js";

function setUp({ enabled = true } = {}) {
  let nowMs = 1_000_000;
  const attempts = createAttempts({ enabled, now: () => nowMs });
  return {
    attempts,
    pass: (seconds: number) => {
      nowMs += seconds * 1000;
    },
    /** So many failed logins, one after the other. */
    async fail(times: number, who: { email: string; ip: string }) {
      for (let count = 0; count < times; count += 1) await attempts.login(who);
    },
  };
}

const alice = "alice@example.com";
const bob = "bob@example.com";
const home = "192.0.2.1";
const elsewhere = "198.51.100.7";
const tooManyLogins = { code: "TOO_MANY_REQUESTS", reason: "TOO_MANY_LOGINS", status: 429 };
const tooManySignups = { code: "TOO_MANY_REQUESTS", reason: "TOO_MANY_SIGNUPS", status: 429 };

describe("failed logins", () => {
  it("are limited for an address and an e-mail address, and the refusal says how long", async () => {
    const { attempts, fail, pass } = setUp();
    await fail(loginPairLimit.limit - 1, { email: alice, ip: home });
    pass(60.5);
    await fail(1, { email: alice, ip: home });
    await expect(attempts.login({ email: alice, ip: home })).rejects.toMatchObject({
      ...tooManyLogins,
      retryAfterSeconds: Math.ceil(loginPairLimit.windowSeconds - 60.5),
    });
  });

  it("never keep the user out at another address", async () => {
    const { attempts, fail } = setUp();
    await fail(loginPairLimit.limit, { email: alice, ip: elsewhere });
    await expect(attempts.login({ email: alice, ip: elsewhere })).rejects.toMatchObject(tooManyLogins);
    await expect(attempts.login({ email: alice, ip: home })).resolves.toBeDefined();
  });

  it("from a thousand addresses never keep the user out at one's own", async () => {
    const { attempts, fail } = setUp();
    for (let host = 0; host < 1000; host += 1) {
      await fail(loginPairLimit.limit, { email: alice, ip: `10.0.${host >> 8}.${host & 255}` });
    }
    await expect(attempts.login({ email: alice, ip: home })).resolves.toBeDefined();
  });

  it("do not keep another user out at the same address", async () => {
    const { attempts, fail } = setUp();
    await fail(loginPairLimit.limit, { email: alice, ip: home });
    await expect(attempts.login({ email: bob, ip: home })).resolves.toBeDefined();
  });

  it("are limited for an address over all e-mail addresses", async () => {
    const { attempts, fail } = setUp();
    for (let user = 0; user < loginAddressLimit.limit; user += 1)
      await fail(1, { email: `u${user}@example.com`, ip: home });
    await expect(attempts.login({ email: alice, ip: home })).rejects.toMatchObject({
      ...tooManyLogins,
      retryAfterSeconds: loginAddressLimit.windowSeconds,
    });
    await expect(attempts.login({ email: alice, ip: elsewhere })).resolves.toBeDefined();
  });

  it("are forgotten after a while, and what is refused does not make it longer", async () => {
    const { attempts, fail, pass } = setUp();
    await fail(loginPairLimit.limit, { email: alice, ip: home });
    pass(loginPairLimit.windowSeconds - 1);
    for (let again = 0; again < 50; again += 1) {
      await expect(attempts.login({ email: alice, ip: home })).rejects.toMatchObject({
        ...tooManyLogins,
        retryAfterSeconds: 1,
      });
    }
    pass(1);
    await fail(loginPairLimit.limit, { email: alice, ip: home });
    await expect(attempts.login({ email: alice, ip: home })).rejects.toMatchObject(tooManyLogins);
  });

  it("that are refused for one user do not use up the address for the others", async () => {
    const { attempts, fail } = setUp();
    await fail(loginPairLimit.limit, { email: alice, ip: home });
    for (let again = 0; again < loginAddressLimit.limit; again += 1) {
      await expect(attempts.login({ email: alice, ip: home })).rejects.toMatchObject(tooManyLogins);
    }
    await expect(attempts.login({ email: bob, ip: home })).resolves.toBeDefined();
  });

  it("count before they are known to have failed: of many sent at once only so many are let through", async () => {
    const { attempts } = setUp();
    const all = await Promise.allSettled(Array.from({ length: 50 }, () => attempts.login({ email: alice, ip: home })));
    const admitted = all.filter(({ status }) => status === "fulfilled");
    const refused = all.filter((answer) => answer.status === "rejected");
    expect(admitted).toHaveLength(loginPairLimit.limit);
    expect(refused.map(({ reason }) => reason.reason)).toEqual(
      Array(50 - loginPairLimit.limit).fill("TOO_MANY_LOGINS"),
    );
  });
});

describe("a successful login", () => {
  it("forgives the failures before it", async () => {
    const { attempts, fail } = setUp();
    await fail(loginPairLimit.limit - 1, { email: alice, ip: home });
    const attempt = await attempts.login({ email: alice, ip: home });
    await attempt.succeeded();
    await fail(loginPairLimit.limit, { email: alice, ip: home });
    await expect(attempts.login({ email: alice, ip: home })).rejects.toMatchObject(tooManyLogins);
  });

  it("is never too many: a user may log in as often as the password is right", async () => {
    const { attempts } = setUp();
    for (let count = 0; count < 3 * loginAddressLimit.limit; count += 1) {
      const attempt = await attempts.login({ email: alice, ip: home });
      await attempt.succeeded();
    }
    await expect(attempts.login({ email: bob, ip: home })).resolves.toBeDefined();
  });

  it("gives back to the address only itself: an own account does not buy more guesses at others", async () => {
    const { attempts, fail } = setUp();
    for (let user = 0; user < loginAddressLimit.limit - 1; user += 1) {
      await fail(1, { email: `u${user}@example.com`, ip: home });
      const own = await attempts.login({ email: bob, ip: home });
      await own.succeeded();
      await own.succeeded();
      await own.givenUp();
    }
    await fail(1, { email: alice, ip: home });
    await expect(attempts.login({ email: "last@example.com", ip: home })).rejects.toMatchObject(tooManyLogins);
  });

  it("does not forgive failures at another address, or of another user", async () => {
    const { attempts, fail } = setUp();
    await fail(loginPairLimit.limit, { email: alice, ip: elsewhere });
    await fail(loginPairLimit.limit, { email: bob, ip: home });
    await (await attempts.login({ email: alice, ip: home })).succeeded();
    await expect(attempts.login({ email: alice, ip: elsewhere })).rejects.toMatchObject(tooManyLogins);
    await expect(attempts.login({ email: bob, ip: home })).rejects.toMatchObject(tooManyLogins);
  });

  it("that comes after its window does not take from the next one", async () => {
    const { attempts, fail, pass } = setUp();
    const slow = await attempts.login({ email: bob, ip: home });
    pass(loginAddressLimit.windowSeconds);
    for (let user = 0; user < loginAddressLimit.limit; user += 1)
      await fail(1, { email: `u${user}@example.com`, ip: home });
    await slow.succeeded();
    await expect(attempts.login({ email: alice, ip: home })).rejects.toMatchObject(tooManyLogins);
  });
});

describe("a login that was given up before a password was compared", () => {
  it("counts as never made", async () => {
    const { attempts, fail } = setUp();
    await fail(loginPairLimit.limit - 1, { email: alice, ip: home });
    for (let outage = 0; outage < 2 * loginAddressLimit.limit; outage += 1) {
      const attempt = await attempts.login({ email: alice, ip: home });
      await attempt.givenUp();
    }
    await fail(1, { email: alice, ip: home });
    await expect(attempts.login({ email: alice, ip: home })).rejects.toMatchObject(tooManyLogins);
  });

  it("is given back once, and forgives nothing", async () => {
    const { attempts, fail } = setUp();
    await fail(loginPairLimit.limit - 1, { email: alice, ip: home });
    const attempt = await attempts.login({ email: alice, ip: home });
    await attempt.givenUp();
    await attempt.givenUp();
    await attempt.succeeded();
    await fail(1, { email: alice, ip: home });
    await expect(attempts.login({ email: alice, ip: home })).rejects.toMatchObject(tooManyLogins);
  });
});

describe("sign-ups", () => {
  it("are limited for an address, in each window", async () => {
    const { attempts, pass } = setUp();
    for (let count = 0; count < signupLimit.limit; count += 1) await attempts.signup({ ip: home });
    await expect(attempts.signup({ ip: home })).rejects.toMatchObject({
      ...tooManySignups,
      retryAfterSeconds: signupLimit.windowSeconds,
    });
    await expect(attempts.signup({ ip: elsewhere })).resolves.toBeUndefined();
    await expect(attempts.login({ email: alice, ip: home })).resolves.toBeDefined();
    pass(signupLimit.windowSeconds);
    await expect(attempts.signup({ ip: home })).resolves.toBeUndefined();
  });
});

describe("password changes", () => {
  it("are limited for a user while the current password is wrong", async () => {
    const { attempts } = setUp();
    for (let count = 0; count < passwordChangeLimit.limit; count += 1) await attempts.passwordChange({ userId: "u1" });
    await expect(attempts.passwordChange({ userId: "u1" })).rejects.toMatchObject({
      ...tooManyLogins,
      retryAfterSeconds: passwordChangeLimit.windowSeconds,
    });
    await expect(attempts.passwordChange({ userId: "u2" })).resolves.toBeDefined();
  });

  it("are not limited while it is right, or was never compared", async () => {
    const { attempts } = setUp();
    for (let count = 0; count < 3 * passwordChangeLimit.limit; count += 1) {
      await (await attempts.passwordChange({ userId: "u1" })).succeeded();
      await (await attempts.passwordChange({ userId: "u1" })).givenUp();
    }
    await expect(attempts.passwordChange({ userId: "u1" })).resolves.toBeDefined();
  });
});

describe("limits that are switched off", () => {
  it("refuse nothing", async () => {
    const { attempts, fail } = setUp({ enabled: false });
    await fail(10 * loginAddressLimit.limit, { email: alice, ip: home });
    for (let count = 0; count < 2 * signupLimit.limit; count += 1) await attempts.signup({ ip: home });
    for (let count = 0; count < 2 * passwordChangeLimit.limit; count += 1)
      await attempts.passwordChange({ userId: "u1" });
    const attempt = await attempts.login({ email: alice, ip: home });
    await expect(attempt.succeeded()).resolves.toBeUndefined();
    await expect(attempt.givenUp()).resolves.toBeUndefined();
  });
});

describe("an address", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:c000:0201", "192.0.2.1"],
    ["0:0:0:0:0:ffff:c000:201", "192.0.2.1"],
    ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["1:2:3:4:5:6:7::", "1:2:3:4::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["", "unknown"],
    ["192.0.2.1, 198.51.100.7", "unknown"],
    ["alice", "unknown"],
    ["x".repeat(100_000), "unknown"],
    [undefined, "unknown"],
    [null, "unknown"],
  ])("%s counts as %s", (ip, key) => {
    expect(addressKey(ip)).toBe(key);
  });

  it("in IPv6 is no way round the limit for those who have a whole /64", async () => {
    const { attempts, fail } = setUp();
    for (let host = 1; host <= loginPairLimit.limit; host += 1)
      await fail(1, { email: alice, ip: `2001:db8:1:2::${host}` });
    await expect(attempts.login({ email: alice, ip: "2001:db8:1:2:a:b:c:d" })).rejects.toMatchObject(tooManyLogins);
    await expect(attempts.login({ email: alice, ip: "2001:db8:1:3::1" })).resolves.toBeDefined();
  });
});

describe("the memory of attempts", () => {
  it("is bounded: the key used longest ago goes first, the one that is tried goes last", () => {
    const counter = createAttemptCounter({ limit: 1, windowSeconds: 60, keys: 100, now: () => 0 });
    counter.count("guesser");
    counter.count("bystander");
    for (let key = 0; key < 10_000; key += 1) {
      counter.count(`key ${key}`);
      expect(counter.secondsUntilFree("guesser")).toBe(60);
    }
    expect(counter.secondsUntilFree("bystander")).toBe(0);
    expect(counter.secondsUntilFree("key 9999")).toBe(60);
  });

  it("needs no timer, so it keeps no process alive", async () => {
    const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const { attempts, fail } = setUp();
    await fail(5, { email: alice, ip: home });
    await attempts.signup({ ip: home });
    await attempts.passwordChange({ userId: "u1" });
    expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout")).toHaveLength(before);
  });
});
