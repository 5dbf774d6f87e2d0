import { expect, it } from "vitest";
import { MusterError } from "../src/errors.js";
import { createFailureLog } from "../src/failure-log.js";
import { captureLog } from "./http/support.js";

function logWithClock() {
  const { log, parsed } = captureLog();
  const clock = { nowMs: 0 };
  return { clock, tell: createFailureLog(log, { nowMs: () => clock.nowMs }), lines: parsed };
}

it("tells of an outage at once and then every ten seconds, with how many failures were left out", () => {
  const { clock, tell, lines } = logWithClock();
  for (clock.nowMs = 0; clock.nowMs <= 20_000; clock.nowMs += 250)
    tell(new MusterError("STORE_UNREACHABLE", { cause: new Error(`at ${clock.nowMs}`) }));
  expect(lines().map(({ leftOut }) => leftOut)).toEqual([undefined, 39, 39]);
});

it("tells of another failure at once", () => {
  const { tell, lines } = logWithClock();
  const failures = [new TypeError("a"), new TypeError("b"), new RangeError("c"), new Error("d", { cause: "e" }), "f"];
  for (const failure of failures) tell(failure);
  expect(lines().map(({ err }) => err.type)).toEqual(["TypeError", "RangeError", "Error", "string"]);
});
