import { expect, it } from "vitest";
import { checkRuns } from "./schedule/check-runs.js";

it("admits nothing that was ended and refuses nothing good, in 500 random runs over a simulated replica set", async () => {
  const { wrong, seed, counts } = await checkRuns({ runs: 500 });
  expect(wrong, `seed ${seed}`).toBeNull();
  // the runs are about something
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(100);
});

it("notices a revocation that does not wait", async () => {
  const { wrong } = await checkRuns({ runs: 2_000, seed: 1, without: "noWait" });
  expect(wrong?.faults[0]).toMatch(/^wrong admit/);
});
