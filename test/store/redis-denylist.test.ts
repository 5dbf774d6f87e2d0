import { randomBytes } from "node:crypto";
import { describe, expect, it, onTestFinished } from "vitest";
import { openRedis } from "../../src/store/redis.js";
import { createRedisDenylist, type DeniedToken } from "../../src/store/redis-denylist.js";
import { createBarrier } from "../support/barrier.js";
import { isUnknown, recovers, unreachable } from "../support/recovers.js";
import { type RedisProcess, type RedisProcessOptions, startRedis } from "../support/redis.js";

const newJti = () => randomBytes(16).toString("base64url");
const inAMinute = () => new Date(Date.now() + 60_000);
const ended = (count: number): DeniedToken[] =>
  Array.from({ length: count }, () => ({ jti: newJti(), until: inAMinute() }));

/** The denylist of one instance, whose connection ends with the test. Where no time limit is looked at, a busy machine is no outage. */
function open({ url }: RedisProcess, { namespace = "muster", now = Date.now, limitMs = 10_000 } = {}) {
  const redis = openRedis({ url, limitMs });
  onTestFinished(redis.close);
  return { ...createRedisDenylist({ redis, namespace: () => namespace, now }), redis };
}

/** Two instances over one Redis, filled with these. */
async function start(tokens: readonly DeniedToken[] = [], options: RedisProcessOptions = {}) {
  const server = await startRedis(onTestFinished, options);
  const [one, other] = [open(server), open(server)];
  await one.fill(async () => tokens);
  return { server, one, other };
}

describe("the denylist in Redis", () => {
  it("knows nothing before it is filled but what it was told", async () => {
    const server = await startRedis(onTestFinished);
    const [one, other] = [open(server), open(server)];
    const [token = { jti: "", until: inAMinute() }] = ended(1);
    expect(await one.ask(token.jti)).toBe("unfilled");
    await one.deny([token]);
    expect(await other.ask(token.jti)).toBe("denied");
    expect(await other.ask(newJti())).toBe("unfilled");
    await one.fill(async () => []);
    expect(await other.ask(token.jti)).toBe("denied");
    expect(await other.ask(newJti())).toBe("clear");
  });

  it("tells every instance what was filled and what was denied since, thousands at once", async () => {
    const before = ended(2_500);
    const { one, other } = await start(before);
    const since = ended(1_500);
    await other.deny(since);
    for (const tokens of [before, since]) {
      const answers = await Promise.all(tokens.map(({ jti }) => one.ask(jti)));
      expect(new Set(answers)).toEqual(new Set(["denied"]));
    }
    expect(await one.ask(newJti())).toBe("clear");
  });

  it("asks once a question", async () => {
    const { server, one } = await start();
    await server.command("CONFIG RESETSTAT");
    for (let count = 0; count < 10; count += 1) await one.ask(newJti());
    const calls = [...(await server.command("INFO commandstats")).matchAll(/cmdstat_(\w+):calls=(\d+)/g)];
    expect(calls.map(([, name, count]) => [name, count]).filter(([name]) => name !== "config")).toEqual([
      ["mget", "10"],
    ]);
  });

  it("keeps an entry until its token has expired by any clock that is not far off, and no longer", async () => {
    const server = await startRedis(onTestFinished);
    const ahead = open(server, { now: () => Date.now() + 300_000 });
    const [token = { jti: "", until: inAMinute() }] = ended(1);
    await ahead.deny([token]);
    const life = Number((await server.command(`PTTL muster:muster:denied:${token.jti}`)).slice(1));
    expect(life).toBeGreaterThan(token.until.getTime() - Date.now() + 290_000);
    expect(life).toBeLessThan(token.until.getTime() - Date.now() + 601_000);
    const gone = newJti();
    await ahead.deny([{ jti: gone, until: new Date(Date.now() - 3_600_000) }]);
    expect(await server.command(`EXISTS muster:muster:denied:${gone}`)).toBe(":0");
  });

  it("of one deployment is not that of another on the same Redis", async () => {
    const { server, one } = await start();
    const neighbour = open(server, { namespace: "neighbour" });
    const [token = { jti: "", until: inAMinute() }] = ended(1);
    expect(await neighbour.ask(token.jti)).toBe("unfilled");
    await neighbour.fill(async () => [token]);
    expect(await one.ask(token.jti)).toBe("clear");
    expect(await neighbour.ask(token.jti)).toBe("denied");
  });
});

describe("a denylist that may lack entries", () => {
  it("is unfilled after a flush, until it is filled again", async () => {
    const tokens = ended(2);
    const { server, one, other } = await start(tokens);
    await server.command("FLUSHALL");
    expect(await one.ask(tokens[0]!.jti)).toBe("unfilled");
    await one.deny(tokens.slice(0, 1));
    // what was written since proves nothing of the rest
    expect(await other.ask(tokens[1]!.jti)).toBe("unfilled");
    await other.fill(async () => tokens);
    expect(await Promise.all(tokens.map(({ jti }) => one.ask(jti)))).toEqual(["denied", "denied"]);
    expect(await one.ask(newJti())).toBe("clear");
  });

  it("is unfilled after a restart without its data", async () => {
    const tokens = ended(1);
    const { server, one } = await start(tokens);
    await server.kill();
    await server.start();
    expect(await recovers(() => one.ask(tokens[0]!.jti))).toBe("unfilled");
    await one.fill(async () => tokens);
    expect(await one.ask(tokens[0]!.jti)).toBe("denied");
  });

  it("is unfilled after a restart with an old snapshot, whose proof is of another run", async () => {
    const before = ended(1);
    const { server, one, other } = await start(before, { persistence: "snapshots" });
    expect(await server.command("SAVE")).toBe("+OK");
    const since = ended(1);
    await other.deny(since);
    expect(await one.ask(since[0]!.jti)).toBe("denied");
    await server.kill();
    await server.start();
    // the proof is back, and what was denied last is not
    expect(await server.command("EXISTS muster:muster:denied-filled")).toBe(":1");
    expect(await recovers(() => one.ask(since[0]!.jti))).toBe("unfilled");
    expect(await recovers(() => other.ask(newJti()))).toBe("unfilled");
    expect(await one.ask(before[0]!.jti)).toBe("denied");
    await other.fill(async () => [...before, ...since]);
    expect(await one.ask(since[0]!.jti)).toBe("denied");
    expect(await one.ask(newJti())).toBe("clear");
  });

  it("is unfilled after a restart with every command on its disk, which nobody can know", async () => {
    const { server, one } = await start([], { persistence: "appendonly" });
    const tokens = ended(1);
    await one.deny(tokens);
    await server.kill();
    await server.start();
    expect(await recovers(() => one.ask(tokens[0]!.jti))).toBe("denied");
    expect(await one.ask(newJti())).toBe("unfilled");
  });

  const losses: [how: string, lose: (server: RedisProcess) => Promise<unknown>][] = [
    ["emptied", (server) => server.command("FLUSHALL")],
    ["started again with the mark in its snapshot", (server) => server.kill().then(server.start)],
  ];
  it.each(losses)("gets no proof from a filling during which it was %s", async (_, lose) => {
    const { server, one, other } = await start([], { persistence: "snapshots" });
    const barrier = createBarrier();
    const { arrived, release } = barrier.hold("load", 1);
    const tokens = ended(1);
    // it has read the database before the token was ended
    const filling = one.fill(async () => {
      await barrier.pass("load");
      return [];
    });
    const outcome: Promise<unknown> = filling.then(
      () => "filled",
      (error: unknown) => error,
    );
    await arrived;
    expect(await server.command("SAVE")).toBe("+OK");
    await other.deny(tokens);
    await lose(server);
    await recovers(() => one.ask(newJti()));
    release();
    expect(await outcome).toMatchObject(unreachable);
    await expect(recovers(() => other.ask(newJti()))).resolves.toBe("unfilled");
    await recovers(() => other.fill(async () => tokens));
    expect(await one.ask(tokens[0]!.jti)).toBe("denied");
  });

  it("keeps what is denied while it is being filled", async () => {
    const { one, other } = await start();
    const barrier = createBarrier();
    const { arrived, release } = barrier.hold("load", 1);
    const filling = one.fill(async () => {
      await barrier.pass("load");
      return ended(10);
    });
    await arrived;
    const tokens = ended(1);
    await other.deny(tokens);
    release();
    await filling;
    expect(await one.ask(tokens[0]!.jti)).toBe("denied");
  });

  it("is filled by many at once, and leaves no marks", async () => {
    const server = await startRedis(onTestFinished);
    const tokens = ended(20);
    const instances = Array.from({ length: 4 }, () => open(server));
    await Promise.all(instances.map(({ fill }) => fill(async () => tokens)));
    for (const { ask } of instances) expect(await ask(newJti())).toBe("clear");
    expect(await server.command("KEYS *filling*")).not.toContain("muster:");
  });
});

describe("a denylist whose Redis is stopped or killed", () => {
  it("answers nothing, in time, and is believed again only where it is whole", async () => {
    const tokens = ended(1);
    const server = await startRedis(onTestFinished);
    const one = open(server, { limitMs: 1_000 });
    await recovers(() => one.fill(async () => tokens));
    const allUnknown = async () => {
      const work = [() => one.ask(newJti()), () => one.deny(ended(1)), () => one.fill(async () => [])];
      for (const call of work) await isUnknown(call);
    };
    server.signal("SIGSTOP");
    await allUnknown();
    server.signal("SIGCONT");
    expect(await recovers(() => one.ask(tokens[0]!.jti))).toBe("denied");
    expect(await recovers(() => one.ask(newJti()))).toBe("clear");
    await server.kill();
    await allUnknown();
    await server.start();
    expect(await recovers(() => one.ask(tokens[0]!.jti))).toBe("unfilled");
  });
});
