import { afterAll, beforeAll, expect, it } from "vitest";
import { createBarrier } from "../support/barrier.js";
import { type Fleet, startFleet } from "../support/fleet.js";
import { type Operator, openOperator } from "../support/operator.js";
import { revocations, revokeWithRacersInFlight } from "./no-resurrection.js";
import { runRounds } from "./rounds.js";

const barrier = createBarrier();
let fleet: Fleet;
let operator: Operator;
beforeAll(async () => {
  fleet = await startFleet(3, { barrier });
  operator = await openOperator(fleet.mongodbUri);
});
afterAll(async () => {
  barrier.releaseAll();
  await operator.close();
  await fleet.end();
});

it.each(revocations)(
  "%s leaves nothing alive of 20 logins and 20 refreshes in flight",
  { timeout: 120_000 },
  async (revocation) => {
    const { misses } = await runRounds(
      revocation,
      10,
      revokeWithRacersInFlight({ fleet, barrier, operator }, revocation),
    );
    expect(misses).toEqual([]);
  },
);
