import type { FleetResult } from "../fleet.js";
import type { MeResult } from "../me.js";
import type { SpeedResult } from "../speed.js";

/** Below this a signed-in request costs too much beside one that nobody looks at. */
const leastBesidePublic = 0.9;
/** How much slower many users or sessions may make it. */
const leastBesideFirst = 0.9;
/** What grows with a power above this grows with the square rather than in proportion. */
const steepest = 1.5;

/** What is not as it should be, a sentence each. */
export function faultsOfMe({ figures }: MeResult): string[] {
  const { median } = figures.leased.besidePublic;
  return median < leastBesidePublic
    ? [`A leased request reaches ${median.toFixed(3)} of one that nobody looks at: below ${leastBesidePublic}.`]
    : [];
}

export function faultsOfSpeed({ figures }: SpeedResult): string[] {
  return figures
    .filter(({ besideFirst }) => besideFirst.median < leastBesideFirst)
    .map(
      ({ stored, sessionsEach, besideFirst }) =>
        `${stored} users with ${sessionsEach} sessions each: ${besideFirst.median.toFixed(3)} of the first, below ${leastBesideFirst}.`,
    );
}

export function faultsOfFleet({ series }: FleetResult): string[] {
  return series.flatMap(({ beatMs, growth }) =>
    Object.entries(growth)
      .filter(([, power]) => power > steepest)
      .map(
        ([name, power]) =>
          `A beat every ${beatMs} ms: ${name} grows with the power ${power.toFixed(2)} of the instances.`,
      ),
  );
}
