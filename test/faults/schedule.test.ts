import { describe, expect, it } from "vitest";
import { checkRuns } from "../feed/schedule/check-runs.js";
import { ablations } from "../feed/schedule/instance.js";

const minutes = 60_000;

it("admits nothing that was ended and refuses nothing good, in 20,000 random runs", {
  timeout: 15 * minutes,
}, async () => {
  const { wrong, ...checked } = await checkRuns({ runs: 20_000 });
  console.log("random runs", checked);
  expect(wrong, `seed ${checked.seed}`).toBeNull();
});

describe("without one of its rules it goes wrong, and the runs notice:", () => {
  it.each(Object.keys(ablations) as (keyof typeof ablations)[])("%s", { timeout: 5 * minutes }, async (without) => {
    const { wrong, ...checked } = await checkRuns({ runs: 5_000, without });
    console.log(without, checked);
    expect(wrong?.faults.join(), `seed ${checked.seed}`).toMatch(ablations[without]);
  });
});
