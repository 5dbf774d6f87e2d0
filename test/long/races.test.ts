import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { revocations, revokeWithRacersInFlight } from "../races/no-resurrection.js";
import { logInAndOutAtOnce } from "../races/nobody-is-lost.js";
import { refreshWithGrace, refreshWithoutGrace } from "../races/refresh-at-once.js";
import { type Figures, type Round, runRounds } from "../races/rounds.js";
import { createBarrier } from "../support/barrier.js";
import { type Fleet, type FleetOptions, startFleet } from "../support/fleet.js";
import { type Operator, openOperator } from "../support/operator.js";

const hour = 3_600_000;
const figures: Figures[] = [];
afterAll(() => console.table(figures));

/** Three instances for the tests of one group. */
function useFleet(options: FleetOptions) {
  const site = {} as { fleet: Fleet; operator: Operator };
  beforeAll(async () => {
    site.fleet = await startFleet(3, options);
    site.operator = await openOperator(site.fleet.mongodbUri);
  });
  afterAll(async () => {
    options.barrier?.releaseAll();
    await site.operator.close();
    await site.fleet.end();
  });
  return site;
}

async function expectNoMiss(race: string, count: number, round: Round) {
  const { misses, figures: those } = await runRounds(race, count, round);
  figures.push(those);
  expect(misses).toEqual([]);
}

describe("nobody is lost", () => {
  const site = useFleet({ settings: { maxSessions: 200 } });
  it("in 50 rounds of 100 logins, and 50 logins mixed with 50 logouts", { timeout: hour }, () =>
    expectNoMiss("100 logins, then 50 with 50 logouts", 50, logInAndOutAtOnce(site.fleet)),
  );
});

describe("no resurrection", () => {
  const barrier = createBarrier();
  const site = useFleet({ barrier });
  it.each(revocations)("in 200 rounds of %s against 20 logins and 20 refreshes", { timeout: hour }, (revocation) =>
    expectNoMiss(revocation, 200, revokeWithRacersInFlight({ ...site, barrier }, revocation)),
  );
});

describe("refresh", () => {
  const withGrace = useFleet({ settings: { refreshGraceSeconds: 60 } });
  const withoutGrace = useFleet({ settings: { refreshGraceSeconds: 0 } });
  it("gives one answer in 50 rounds of 100 uses within the grace", { timeout: hour }, () =>
    expectNoMiss("100 uses with a grace", 50, refreshWithGrace(withGrace)),
  );
  it("has one winner in 50 rounds of 100 uses without a grace", { timeout: hour }, () =>
    expectNoMiss("100 uses without a grace", 50, refreshWithoutGrace(withoutGrace)),
  );
});
