import { availableParallelism } from "node:os";
import { hash as argon2Hash, parseOptions } from "@node-rs/argon2";
import { describe, expect, it } from "vitest";
import { makeDummyHash } from "../../src/passwords/dummy-hash.js";
import { createHasher } from "../../src/passwords/hash.js";
import { defaultParameters, isProductionStrength, parseHash } from "../../src/passwords/parameters.js";

const cheap = { memoryKiB: 64, timeCost: 1, parallelism: 1 };
const hasher = createHasher(cheap);
const tooMany = { code: "TOO_MANY_REQUESTS", reason: "TOO_MANY_LOGINS", status: 429 };

const salt = "c2FsdHNhbHRzYWx0c2FsdA";
const digest = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI";

/** Hashes that no password can be checked against. */
const malformed: [string, string][] = [
  ["nothing", ""],
  ["plain text", "correct horse battery staple"],
  ["a bcrypt hash", "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"],
  ["a name alone", "$argon2id$"],
  ["no salt", "$argon2id$v=19$m=64,t=1,p=1$"],
  ["no digest", `$argon2id$v=19$m=64,t=1,p=1$${salt}`],
  ["an unknown kind", `$argon2x$v=19$m=64,t=1,p=1$${salt}$${digest}`],
  ["a salt too short", `$argon2id$v=19$m=64,t=1,p=1$c2Fs$${digest}`],
  ["a digest too short", `$argon2id$v=19$m=64,t=1,p=1$${salt}$MTI`],
  ["no memory", `$argon2id$v=19$m=0,t=0,p=0$${salt}$${digest}`],
  ["less memory than its lanes need", `$argon2id$v=19$m=8,t=1,p=8$${salt}$${digest}`],
  ["4 TiB of memory", `$argon2id$v=19$m=4294967295,t=1,p=1$${salt}$${digest}`],
  ["four milliard passes", `$argon2id$v=19$m=64,t=4294967295,p=1$${salt}$${digest}`],
  ["white space behind", `$argon2id$v=19$m=64,t=1,p=1$${salt}$${digest}\n`],
  ["a zero byte behind", `$argon2id$v=19$m=64,t=1,p=1$${salt}$${digest}\0`],
  ["a mebibyte", "$argon2id$".padEnd(1_048_576, "A")],
];

describe("hashing a password", () => {
  it("makes an argon2id hash of 19 MiB, two passes and one lane by default", async () => {
    const hash = await createHasher().hash("correct horse battery staple");
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it("makes it with the parameters given", async () => {
    const hash = await createHasher({ memoryKiB: 128, timeCost: 3, parallelism: 2 }).hash(
      "correct horse battery staple",
    );
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=128,t=3,p=2\$/);
  });

  it("salts: the same password never has the same hash twice", async () => {
    const password = "correct horse battery staple";
    expect(await hasher.hash(password)).not.toBe(await hasher.hash(password));
  });

  it.each([
    { memoryKiB: 7 },
    { memoryKiB: 15, parallelism: 2 },
    { memoryKiB: 64.5 },
    { memoryKiB: 2_000_000 },
    { timeCost: 0 },
    { timeCost: 65 },
    { parallelism: 0 },
    { parallelism: 256 },
    { concurrency: 0 },
    { concurrency: Number.NaN },
    { waiting: -1 },
  ])("is not made with %j", (options) => {
    expect(() => createHasher({ ...cheap, ...options })).toThrow(TypeError);
  });
});

describe("checking a password", () => {
  it("finds the right one right and any other wrong", async () => {
    const hash = await hasher.hash("correct horse battery staple");
    expect(await hasher.verify(hash, "correct horse battery staple")).toBe(true);
    expect(await hasher.verify(hash, "correct horse battery stapl")).toBe(false);
    expect(await hasher.verify(hash, "Correct horse battery staple")).toBe(false);
  });

  it("never cuts: the last of 128 four-byte characters counts", async () => {
    const password = "𝄞".repeat(127);
    const hash = await hasher.hash(`${password}a`);
    expect(await hasher.verify(hash, `${password}a`)).toBe(true);
    expect(await hasher.verify(hash, `${password}b`)).toBe(false);
  });

  it("does not stop at a zero byte", async () => {
    const hash = await hasher.hash("correct horse\0battery staple");
    expect(await hasher.verify(hash, "correct horse\0another thing")).toBe(false);
  });

  it("never finds the empty password right, even where it was hashed elsewhere", async () => {
    const hash = await argon2Hash("", { memoryCost: 64, timeCost: 1, parallelism: 1 });
    expect(await hasher.verify(hash, "")).toBe(false);
  });

  it("accepts hashes made with other parameters, and other kinds of argon2", async () => {
    const dearer = await createHasher({ memoryKiB: 256, timeCost: 2 }).hash("correct horse battery staple");
    const argon2i = await argon2Hash("correct horse battery staple", { memoryCost: 64, timeCost: 1, algorithm: 1 });
    expect(argon2i).toMatch(/^\$argon2i\$/);
    expect(await hasher.verify(dearer, "correct horse battery staple")).toBe(true);
    expect(await hasher.verify(argon2i, "correct horse battery staple")).toBe(true);
  });

  it.each(malformed)("answers false to a hash that is %s", async (_what, hash) => {
    expect(await hasher.verify(hash, "correct horse battery staple")).toBe(false);
    expect(await hasher.verify(hash, "")).toBe(false);
  });

  it("never finds a password right for an unknown user", async () => {
    expect(await hasher.verifyDummy("correct horse battery staple")).toBe(false);
    expect(await hasher.verifyDummy("")).toBe(false);
  });

  it("uses for an unknown user the very parameters that a known user's hash has", async () => {
    for (const parameters of [defaultParameters, cheap, { memoryKiB: 128, timeCost: 3, parallelism: 2 }]) {
      const known = await createHasher(parameters).hash("correct horse battery staple");
      expect(parseOptions(makeDummyHash(parameters))).toEqual(parseOptions(known));
    }
  });

  it("has another dummy hash each time", () => {
    expect(makeDummyHash(cheap)).not.toBe(makeDummyHash(cheap));
  });
});

describe("needing another hash", () => {
  it("is not said of a hash just made", async () => {
    expect(hasher.needsRehash(await hasher.hash("correct horse battery staple"))).toBe(false);
  });

  it.each([{ memoryKiB: 32 }, { memoryKiB: 128 }, { timeCost: 2 }, { parallelism: 2 }])(
    "is said of a hash made with %j",
    async (other) => {
      const hash = await createHasher({ ...cheap, ...other }).hash("correct horse battery staple");
      expect(hasher.needsRehash(hash)).toBe(true);
    },
  );

  it.each([
    ["argon2i", `$argon2i$v=19$m=64,t=1,p=1$${salt}$${digest}`],
    ["argon2d", `$argon2d$v=19$m=64,t=1,p=1$${salt}$${digest}`],
    ["the version before", `$argon2id$v=16$m=64,t=1,p=1$${salt}$${digest}`],
    ["a shorter salt", `$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$${digest}`],
    ["a shorter digest", `$argon2id$v=19$m=64,t=1,p=1$${salt}$MTIzNDU2Nzg5MDEyMzQ1Ng`],
  ])("is said of %s", (_what, hash) => {
    expect(parseHash(hash)).toMatchObject({ ...cheap, isCurrentForm: false });
    expect(hasher.needsRehash(hash)).toBe(true);
  });

  it.each(malformed)("is said of %s", (_what, hash) => {
    expect(parseHash(hash)).toBeNull();
    expect(hasher.needsRehash(hash)).toBe(true);
  });
});

describe("the strength that production takes", () => {
  it("is the default or more", () => {
    expect(isProductionStrength(defaultParameters)).toBe(true);
    expect(isProductionStrength({ memoryKiB: 65_536, timeCost: 3, parallelism: 4 })).toBe(true);
  });

  it.each([cheap, { memoryKiB: 19_455 }, { timeCost: 1 }, { parallelism: 0 }])("is not %j", (weaker) => {
    expect(isProductionStrength({ ...defaultParameters, ...weaker })).toBe(false);
  });
});

describe("many at once", () => {
  it("get a 429 beyond those who may wait, whichever way they ask, and the others their answer", async () => {
    const hash = await hasher.hash("correct horse battery staple");
    const small = createHasher({ ...cheap, concurrency: 1, waiting: 2 });
    const admitted = [
      small.verify(hash, "correct horse battery staple"),
      small.verifyDummy("correct horse battery staple"),
      small.hash("correct horse battery staple"),
    ];
    const refused = [
      small.verify(hash, "correct horse battery staple"),
      small.verify("malformed", "correct horse battery staple"),
      small.verifyDummy("correct horse battery staple"),
      small.hash("correct horse battery staple"),
    ];
    for (const answer of refused) await expect(answer).rejects.toMatchObject({ ...tooMany, retryAfterSeconds: 1 });
    expect(await Promise.all(admitted)).toEqual([true, false, expect.stringMatching(/^\$argon2id\$/)]);
    expect(await small.verify(hash, "correct horse battery staple")).toBe(true);
  });

  it("may wait 256 by default, and one core of several stays free", async () => {
    const places = Math.max(1, availableParallelism() - 1) + 256;
    const answers = await Promise.allSettled(
      Array.from({ length: places + 1 }, () => hasher.verifyDummy("correct horse battery staple")),
    );
    const refused = answers.filter((answer) => answer.status === "rejected");
    expect(refused).toHaveLength(1);
    expect(answers.at(-1)).toMatchObject({ status: "rejected", reason: tooMany });
  });

  it("are told to come back when a full queue has emptied", async () => {
    const patient = createHasher({ ...cheap, concurrency: 1, waiting: 120 });
    const answers = await Promise.allSettled(Array.from({ length: 122 }, () => patient.verifyDummy("x")));
    expect(answers.at(-1)).toMatchObject({ status: "rejected", reason: { ...tooMany, retryAfterSeconds: 3 } });
  });
});
