import { setTimeout as delay } from "node:timers/promises";
import { type FaultName, injections } from "../faults/injections.js";
import { createRandom, type Random } from "../faults/load/random.js";
import { startLoad } from "../faults/load/run-load.js";
import type { Site } from "../faults/rig/site.js";
import type { Fault } from "../history/check.js";
import { addLedgers, type Ledger, ledgerOf, summaryOf } from "../history/ledger.js";

/** What came of a soak. */
export type Soaked = {
  rounds: number;
  seconds: number;
  ledger: Ledger;
  injected: Record<string, number>;
  faults: Fault[];
};

/** What happens to the database, and what happens to servers: one of each may be broken at a time. */
const ofDatabase = [
  "a slow load",
  "primary killed",
  "primary stopped",
  "primary isolated",
  "primary isolated with an instance",
  "primary isolated from the members alone",
  "primary steps down",
  "streams hang",
  "streams fail",
] as const satisfies FaultName[];
const ofServers = [
  "instance stopped",
  "instance cut off from all members",
  "instance cut off from the primary",
  "instance killed",
  "a clock set ahead",
  "a clock set back",
] as const satisfies FaultName[];

const roundMs = 45_000;
const longestFaultMs = 12_000;
const longestPauseMs = 4_000;
const roundsBetweenRestarts = 5;

/**
 * Rounds of load with faults, each with people of its own, until the time is over or `signal` aborts.
 * @param tell a line about how it goes
 */
export async function soak({
  site,
  minutes,
  seed,
  signal,
  tell,
}: {
  site: Site;
  minutes: number;
  seed: number;
  signal: AbortSignal;
  tell: (line: string) => void;
}): Promise<Soaked> {
  const random = createRandom(seed);
  const beganMs = performance.now();
  const endsMs = beganMs + minutes * 60_000;
  const injected: Record<string, number> = {};
  const faults: Fault[] = [];
  let ledger = ledgerOf([], []);
  let rounds = 0;
  const isOver = (atMs = endsMs) => signal.aborted || performance.now() >= Math.min(endsMs, atMs);

  async function inject(name: FaultName, randomOfIts: Random) {
    const ms = randomOfIts.between(500, longestFaultMs);
    tell(`${name}, ${(ms / 1_000).toFixed(1)} s`);
    injected[name] = (injected[name] ?? 0) + 1;
    await injections[name](site, { random: randomOfIts, ms });
  }

  async function breakThings(names: readonly FaultName[], seedOfIts: number, untilMs: number) {
    const randomOfIts = createRandom(seedOfIts);
    while (!isOver(untilMs)) {
      await delay(randomOfIts.between(0, longestPauseMs), undefined, { signal }).catch(() => {});
      if (!isOver(untilMs)) await inject(randomOfIts.pick(names), randomOfIts);
    }
  }

  while (!isOver()) {
    rounds++;
    // seeds first: how long things take changes nothing of what is chosen
    const [people, first, second] = [random.below(2 ** 31), random.below(2 ** 31), random.below(2 ** 31)];
    const load = await startLoad({ site, random: createRandom(people) });
    const untilMs = performance.now() + roundMs;
    if (rounds % roundsBetweenRestarts === 0) await inject("rolling restart", createRandom(first));
    else await Promise.all([breakThings(ofDatabase, first, untilMs), breakThings(ofServers, second, untilMs)]);
    const report = await load.stop();
    const ofRound = ledgerOf(report.operations, report.faults);
    ledger = addLedgers(ledger, ofRound);
    faults.push(...report.faults);
    tell(`round ${rounds}: ${summaryOf(ofRound)}; ${report.faults.length} faults`);
  }
  return { rounds, seconds: Math.round((performance.now() - beganMs) / 1_000), ledger, injected, faults };
}
