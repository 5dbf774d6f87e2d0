import { afterAll, beforeAll, expect, it } from "vitest";
import { type Fleet, startFleet } from "../support/fleet.js";
import { type Operator, openOperator } from "../support/operator.js";
import { refreshWithGrace, refreshWithoutGrace } from "./refresh-at-once.js";
import { runRounds } from "./rounds.js";

let withGrace: Fleet;
let withoutGrace: Fleet;
let operators: Operator[];
beforeAll(async () => {
  [withGrace, withoutGrace] = await Promise.all([
    startFleet(3, { settings: { refreshGraceSeconds: 60 } }),
    startFleet(3, { settings: { refreshGraceSeconds: 0 } }),
  ]);
  operators = await Promise.all([openOperator(withGrace.mongodbUri), openOperator(withoutGrace.mongodbUri)]);
});
afterAll(async () => {
  await Promise.all(operators.map((each) => each.close()));
  await Promise.all([withGrace.end(), withoutGrace.end()]);
});

it("gives 100 parallel uses of one refresh token one answer within the grace", { timeout: 120_000 }, async () => {
  const { misses } = await runRounds(
    "refresh with grace",
    10,
    refreshWithGrace({ fleet: withGrace, operator: operators[0]! }),
  );
  expect(misses).toEqual([]);
});

it("lets exactly one of 100 parallel uses win without a grace, and ends the session that was used twice", {
  timeout: 120_000,
}, async () => {
  const { misses } = await runRounds(
    "refresh without grace",
    10,
    refreshWithoutGrace({ fleet: withoutGrace, operator: operators[1]! }),
  );
  expect(misses).toEqual([]);
});
