import { describe, expect, it, vi } from "vitest";
import { signUp } from "../../src/testing/index.js";
import { outcomeOf } from "../support/outcome.js";
import { contestants } from "./contestants.js";
import { openMonitored } from "./monitored.js";

const requests = 10;
const patience = { timeout: 20_000, interval: 50 };
const fields = { guarded: "{ guarded }", me: "{ me { id email } }" } as const;

describe.each(contestants)("$title", (contestant) => {
  it.each(["leased", "read-through"] as const)("asks the database exactly what it declares: %s", async (mode) => {
    const server = await openMonitored(contestant, mode);
    for (const [name, query] of Object.entries(fields) as [keyof typeof fields, string][]) {
      const { request } = await signUp(server.url);
      // that somebody has signed up is a change like any other, and a doubt about the user is settled by a read of its own
      await server.hasHeard();
      await vi.waitFor(async () => {
        const before = server.reads();
        expect(outcomeOf(await request(query))).toBe("ok");
        expect(server.reads() - before).toBe(contestant[name][mode]);
      }, patience);
      const [before, beforeOfRedis] = [server.reads(), await server.asksOfRedis()];
      for (let count = 0; count < requests; count++) expect(outcomeOf(await request(query))).toBe("ok");
      const [after, afterOfRedis] = [server.reads(), await server.asksOfRedis()];
      const seen = { name, mongodb: (after - before) / requests, redis: (afterOfRedis - beforeOfRedis) / requests };
      expect(seen).toEqual({ name, mongodb: contestant[name][mode], redis: contestant.redis ?? 0 });
    }
  });
});
