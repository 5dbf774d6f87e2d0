import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createQueue } from "../../src/passwords/queue.js";

/** A job that ends when the test says so. */
function makeJob<T>(log: string[], name: string, result: T) {
  let open = (): void => {};
  let fail = (_error: Error): void => {};
  const barrier = new Promise<T>((resolve, reject) => {
    open = () => resolve(result);
    fail = reject;
  });
  return {
    open: () => open(),
    fail: (error: Error) => fail(error),
    run: () => {
      log.push(name);
      return barrier;
    },
  };
}

const tooMany = { code: "TOO_MANY_REQUESTS", reason: "TOO_MANY_LOGINS", status: 429, retryAfterSeconds: 7 };

describe("the queue", () => {
  it("runs no more jobs at a time than it is told to", async () => {
    const log: string[] = [];
    const enqueue = createQueue({ concurrency: 2, waiting: 10, retryAfterSeconds: 7 });
    const jobs = ["a", "b", "c", "d"].map((name) => makeJob(log, name, name));
    const results = jobs.map((job) => enqueue(job.run));
    await setImmediate();
    expect(log).toEqual(["a", "b"]);
    jobs[1]?.open();
    await setImmediate();
    expect(log).toEqual(["a", "b", "c"]);
    for (const job of jobs) job.open();
    expect(await Promise.all(results)).toEqual(["a", "b", "c", "d"]);
  });

  it("serves those who wait in the order in which they came", async () => {
    const log: string[] = [];
    const enqueue = createQueue({ concurrency: 1, waiting: 10, retryAfterSeconds: 7 });
    const first = makeJob(log, "first", 0);
    const names = ["b", "c", "d", "e", "f"];
    const all = [enqueue(first.run), ...names.map((name) => enqueue(async () => log.push(name)))];
    first.open();
    await Promise.all(all);
    expect(log).toEqual(["first", ...names]);
  });

  it("does not let a newcomer in before those who wait", async () => {
    const log: string[] = [];
    const enqueue = createQueue({ concurrency: 1, waiting: 10, retryAfterSeconds: 7 });
    const first = makeJob(log, "first", 0);
    const running = enqueue(first.run);
    const waits = enqueue(async () => log.push("waited"));
    first.open();
    const comes = running.then(() => enqueue(async () => log.push("came later")));
    await Promise.all([running, waits, comes]);
    expect(log).toEqual(["first", "waited", "came later"]);
  });

  it("refuses whoever finds all places taken, without running the job", async () => {
    const log: string[] = [];
    const enqueue = createQueue({ concurrency: 1, waiting: 1, retryAfterSeconds: 7 });
    const running = makeJob(log, "running", 0);
    const waiting = makeJob(log, "waiting", 0);
    const results = [enqueue(running.run), enqueue(waiting.run)];
    await expect(enqueue(async () => log.push("refused"))).rejects.toMatchObject(tooMany);
    running.open();
    waiting.open();
    await Promise.all(results);
    expect(log).toEqual(["running", "waiting"]);
  });

  it("has room again when those who were there have gone", async () => {
    const log: string[] = [];
    const enqueue = createQueue({ concurrency: 1, waiting: 0, retryAfterSeconds: 7 });
    const job = makeJob(log, "job", "done");
    const result = enqueue(job.run);
    await expect(enqueue(async () => "refused")).rejects.toMatchObject(tooMany);
    job.open();
    expect(await result).toBe("done");
    expect(await enqueue(async () => "admitted")).toBe("admitted");
  });

  it("gives the place of a job that fails to the next, and passes its error on", async () => {
    const log: string[] = [];
    const enqueue = createQueue({ concurrency: 2, waiting: 4, retryAfterSeconds: 7 });
    const broken = [makeJob(log, "a", 0), makeJob(log, "b", 0)];
    const failures = Promise.allSettled([
      ...broken.map((job) => enqueue(job.run)),
      enqueue(() => Promise.reject(new Error("c"))),
      enqueue(() => {
        throw new Error("d");
      }),
    ]);
    const last = [enqueue(async () => "e"), enqueue(async () => "f")];
    broken[0]?.fail(new Error("a"));
    broken[1]?.fail(new Error("b"));
    const messages = (await failures).map((failure) => failure.status === "rejected" && failure.reason.message);
    expect(messages).toEqual(["a", "b", "c", "d"]);
    expect(await Promise.all(last)).toEqual(["e", "f"]);
  });

  it("has lost no place after a hundred failures", async () => {
    const log: string[] = [];
    const enqueue = createQueue({ concurrency: 3, waiting: 100, retryAfterSeconds: 7 });
    const fail = () => enqueue(() => Promise.reject(new Error("broken")));
    const settled = await Promise.allSettled(Array.from({ length: 100 }, fail));
    expect(settled.every(({ status }) => status === "rejected")).toBe(true);
    const jobs = ["a", "b", "c", "d"].map((name) => makeJob(log, name, name));
    const results = jobs.map((job) => enqueue(job.run));
    await setImmediate();
    expect(log).toEqual(["a", "b", "c"]);
    for (const job of jobs) job.open();
    await Promise.all(results);
  });
});
