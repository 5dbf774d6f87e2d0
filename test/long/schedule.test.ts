import { expect, it } from "vitest";
import { type Checked, checkRuns } from "../feed/schedule/check-runs.js";

const { SCHEDULE_RUNS = "1000000", SCHEDULE_SEED = `${Date.now() % 2 ** 31}` } = process.env;
const runs = Number(SCHEDULE_RUNS);
const seed = Number(SCHEDULE_SEED);
const runsAtATime = 50_000;
const day = 86_400_000;

const countsOf = (parts: Checked[]) =>
  parts.reduce(
    (sum, { runs, seconds, counts }) => ({
      runs: sum.runs + runs,
      seconds: sum.seconds + seconds,
      admitted: sum.admitted + counts.admitted,
      refused: sum.refused + counts.refused,
      unknown: sum.unknown + counts.unknown,
      revocations: sum.revocations + counts.revocations,
    }),
    { runs: 0, seconds: 0, admitted: 0, refused: 0, unknown: 0, revocations: 0 },
  );

it(`admits nothing that was ended and refuses nothing good, in ${runs} random runs over a simulated replica set`, {
  timeout: day,
}, async () => {
  console.log(`${runs} random runs from seed ${seed}, one more every ${runsAtATime}`);
  const parts: Checked[] = [];
  for (let left = runs; left > 0; left -= runsAtATime) {
    const part = await checkRuns({ runs: Math.min(left, runsAtATime), seed: seed + parts.length });
    expect(part.wrong, `seed ${part.seed}`).toBeNull();
    parts.push(part);
    console.log(countsOf(parts));
  }
  expect(countsOf(parts).runs).toBe(runs);
});
