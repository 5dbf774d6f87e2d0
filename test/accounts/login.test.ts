import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { createHasher } from "../../src/passwords/hash.js";
import {
  ChangePasswordDocument,
  LoginDocument,
  SignupDocument,
  send,
  startTestServer,
  type TestServer,
} from "../../src/testing/index.js";
import { createBarrier, seamsOf } from "../support/barrier.js";
import { type Operator, openOperator } from "../support/operator.js";
import { outcomeOf, refused, tryAccess } from "../support/outcome.js";

const barrier = createBarrier();
const counts = { hash: 0, verify: 0, verifyDummy: 0 };
let server: TestServer;
let operator: Operator;
beforeAll(async () => {
  const seams = seamsOf(barrier);
  server = await startTestServer({
    mongodbUri: inject("mongoUri"),
    seams: {
      ...seams,
      hasher(hasher) {
        const held = seams.hasher!(hasher);
        const counted =
          <A extends unknown[], R>(name: keyof typeof counts, call: (...args: A) => R) =>
          (...args: A) => {
            counts[name] += 1;
            return call(...args);
          };
        return {
          ...held,
          hash: counted("hash", held.hash),
          verify: counted("verify", held.verify),
          verifyDummy: counted("verifyDummy", held.verifyDummy),
        };
      },
    },
  });
  operator = await openOperator(server.mongodbUri);
});
beforeEach(() => Object.assign(counts, { hash: 0, verify: 0, verifyDummy: 0 }));
afterEach(() => barrier.releaseAll());
afterAll(async () => {
  await operator.close();
  await server.close();
});

const logIn = (email: string, password: string) => send(server.url, LoginDocument, { input: { email, password } });

async function signUp() {
  const client = await server.signUp();
  counts.hash = 0;
  return client;
}

describe("costs one check of a password and answers alike:", () => {
  const unknown = "nobody@test.example";
  it.each<[string, string | null, string]>([
    ["a wrong password", null, "not the password at all"],
    ["an unknown address", unknown, "not the password at all"],
    ["what is no address", "not an address", "not the password at all"],
    ["an address with an operator in it", "$ne@test.example", "not the password at all"],
    ["no password", null, ""],
    ["no password for an unknown address", unknown, ""],
    ["a password that is too long for anybody", null, "long".repeat(1_000)],
    ["such a password for an unknown address", unknown, "long".repeat(1_000)],
    ["a password with half a character", null, "half \ud83d of it, or less"],
    ["such a password for an unknown address", unknown, "half \ud83d of it, or less"],
  ])("%s", async (_, email, password) => {
    const known = await signUp();
    const answer = await logIn(email ?? known.email, password);
    expect(outcomeOf(answer)).toBe(refused("INVALID_CREDENTIALS"));
    expect(answer.errors[0]?.message).toBe("The e-mail address or the password is wrong.");
    expect(counts.hash).toBe(0);
    expect(counts.verify + counts.verifyDummy).toBe(1);
  });

  it("a wrong password for a disabled user", async () => {
    const known = await signUp();
    await operator.set(known.email, { enabled: false });
    expect(outcomeOf(await logIn(known.email, "not the password at all"))).toBe(refused("INVALID_CREDENTIALS"));
    expect(counts.verify + counts.verifyDummy).toBe(1);
  });

  it("a user whose hash was damaged by hand", async () => {
    const known = await signUp();
    await operator.set(known.email, { passwordHash: "$argon2id$damaged" });
    expect(outcomeOf(await logIn(known.email, known.password))).toBe(refused("INVALID_CREDENTIALS"));
    expect(counts.verify + counts.verifyDummy).toBe(1);
  });
});

it("tells only who knows the password that the user is disabled", async () => {
  const known = await signUp();
  await operator.set(known.email, { enabled: false });
  expect(outcomeOf(await logIn(known.email, known.password))).toBe(refused("USER_DISABLED"));
});

it("knows an address however it is written, and a password however it is composed", async () => {
  const email = `Zoe\u0308.${crypto.randomUUID()}@test.example`;
  const password = "a long sentence with cafe\u0301 in it";
  const input = { email, password };
  expect(outcomeOf(await send(server.url, SignupDocument, { input }))).toBe("ok");
  expect(outcomeOf(await logIn(email.toUpperCase().normalize("NFC"), password.normalize("NFC")))).toBe("ok");
});

it("works with a dead access token in the header", async () => {
  const known = await signUp();
  const input = { email: known.email, password: known.password };
  expect(outcomeOf(await send(server.url, LoginDocument, { input }, { token: "dead.as.can-be" }))).toBe("ok");
});

it("notes the last login and the last logout of the user", async () => {
  const phone = await signUp();
  const signedUp = await operator.userOf(phone.email);
  expect(signedUp).toMatchObject({ lastLogoutAt: null });
  expect(await logIn(phone.email, "not the password at all")).toMatchObject({ status: 401 });
  expect((await operator.userOf(phone.email)).lastLoginAt).toEqual(signedUp.lastLoginAt);
  const laptop = await phone.login();
  const loggedIn = await operator.userOf(phone.email);
  expect(loggedIn.lastLoginAt!.getTime()).toBeGreaterThan(signedUp.lastLoginAt!.getTime());
  await laptop.logout();
  expect((await operator.userOf(phone.email)).lastLogoutAt!.getTime()).toBeGreaterThanOrEqual(
    loggedIn.lastLoginAt!.getTime(),
  );
});

it("notes no login that the cap refused", async () => {
  const full = await startTestServer({
    mongodbUri: inject("mongoUri"),
    settings: { maxSessions: 1, atSessionCap: "refuse" },
  });
  const byHand = await openOperator(full.mongodbUri);
  try {
    const phone = await full.signUp();
    const before = await byHand.userOf(phone.email);
    const input = { email: phone.email, password: phone.password };
    expect(outcomeOf(await send(full.url, LoginDocument, { input }))).toBe("403 FORBIDDEN SESSION_LIMIT_REACHED");
    const { lastLoginAt, sessions } = await byHand.userOf(phone.email);
    expect({ lastLoginAt, sessions }).toEqual({ lastLoginAt: before.lastLoginAt, sessions: before.sessions });
  } finally {
    await byHand.close();
    await full.close();
  }
});

describe("a hash that was made otherwise", () => {
  const otherwise = createHasher({ memoryKiB: 128, timeCost: 2, parallelism: 1 });

  it("is replaced at the next login, and ends nothing", async () => {
    const phone = await signUp();
    await operator.set(phone.email, { passwordHash: await otherwise.hash(phone.password) });
    const laptop = await phone.login();
    expect((await operator.userOf(phone.email)).passwordHash).toContain("m=64,t=1,p=1");
    expect(await tryAccess(server.url, phone.accessToken)).toBe("ok");
    expect(outcomeOf(await laptop.me())).toBe("ok");
    expect(outcomeOf(await logIn(phone.email, phone.password))).toBe("ok");
  });

  it("does not bring the old password back where it is changed while the login makes the new hash", async () => {
    const phone = await signUp();
    await operator.set(phone.email, { passwordHash: await otherwise.hash(phone.password) });
    const held = barrier.hold("hash", 1);
    const logging = logIn(phone.email, phone.password);
    await held.arrived;
    const input = { currentPassword: phone.password, newPassword: "another long sentence for tests" };
    expect(outcomeOf(await phone.request(ChangePasswordDocument, { input }))).toBe("ok");
    held.release();
    expect(outcomeOf(await logging)).toBe(refused("LOGIN_OVERTAKEN"));
    expect(outcomeOf(await logIn(phone.email, phone.password))).toBe(refused("INVALID_CREDENTIALS"));
    expect(outcomeOf(await logIn(phone.email, input.newPassword))).toBe("ok");
  });
});
