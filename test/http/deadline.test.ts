import { describe, expect, test, vi } from "vitest";
import { deadlines, expired, startDeadline } from "../../src/http/deadline.js";
import { serveSchema } from "./support.js";

describe("a deadline", () => {
  test("expires, can be moved, and does not when it is cleared", async () => {
    vi.useFakeTimers();
    try {
      const seen: string[] = [];
      const watch = (name: string, ms: number) => {
        const deadline = startDeadline(ms);
        void deadline.expired.then((outcome) => seen.push(outcome === expired ? name : "?"));
        return deadline;
      };
      watch("plain", 100);
      watch("moved", 100).extendTo(300);
      watch("cleared", 100).clear();
      await vi.advanceTimersByTimeAsync(99);
      expect(seen).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      expect(seen).toEqual(["plain"]);
      await vi.advanceTimersByTimeAsync(200);
      expect(seen).toEqual(["plain", "moved"]);
    } finally {
      vi.useRealTimers();
    }
  });

  test("stands under the 3 seconds in which an outage is answered", () => {
    expect(deadlines.query).toBeLessThan(3_000);
  });
});

test("a query that never ends is answered as unknown within 3 seconds, and a mutation may take longer", async () => {
  const never = new Promise<string>(() => {});
  const { client, drain } = await serveSchema(
    {
      typeDefs: "type Query { never: String! @public } type Mutation { slow: String! @public }",
      resolvers: {
        Query: { never: () => never },
        Mutation: { slow: () => new Promise((resolve) => setTimeout(resolve, deadlines.query + 200, "done")) },
      },
    },
    { options: { drainLimitMs: 10 } },
  );
  const startedAt = performance.now();
  const [query, mutation] = await Promise.all([client.query("{ never }"), client.query("mutation { slow }")]);
  expect(query.status).toBe(503);
  expect(query.headers.get("retry-after")).toBe("1");
  expect(query.answer.errors?.[0]?.extensions).toEqual({ code: "SERVICE_UNAVAILABLE", reason: "STORE_UNREACHABLE" });
  expect(mutation.answer.data).toEqual({ slow: "done" });
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  await drain();
});
