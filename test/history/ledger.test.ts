import { expect, it } from "vitest";
import { checkHistory } from "./check.js";
import { addLedgers, ledgerOf, summaryOf } from "./ledger.js";
import { end, login, request, tell } from "./told.js";

const unavailable = { outcome: "unavailable", reason: "STORE_UNREACHABLE" } as const;

it("counts what came of what, and what is wrong", () => {
  const history = tell(
    [login("s1"), end("logout"), request(), request(unavailable), request({ outcome: "unknown" })],
    [],
  );
  const ledger = ledgerOf(history.operations, checkHistory(history));
  expect(ledger.outcomes.request).toEqual({ ok: 1, refused: 0, unavailable: 1, unknown: 1, wrong: 0 });
  expect(ledger.faults).toMatchObject({ "wrong admit": 1, "lost session": 0 });
  expect(addLedgers(ledger, ledger)).toMatchObject({
    operations: 10,
    outcomes: { login: { ok: 2 } },
    faults: { "wrong admit": 2 },
  });
});

it("measures how long an instance answers nothing but 503", () => {
  const { operations } = tell(
    [
      ...[login("s1"), request({ ...unavailable, beganMs: 1_000 }), request({ instance: "B", beganMs: 1_500 })],
      ...[request({ ...unavailable, beganMs: 2_000 }), request({ beganMs: 3_990 })],
      ...[request({ ...unavailable, beganMs: 5_000 }), request({ beganMs: 5_990 })],
    ],
    ["s1"],
  );
  expect(ledgerOf(operations, [])).toMatchObject({ longest503Ms: 1_010 });
  expect(summaryOf(ledgerOf(operations, []))).toBe(
    "7 operations: 4 ok, 0 refused, 3 503, 0 unknown, 0 wrong; longest 503 time 1.0 s",
  );
});
