import { afterAll, beforeAll, expect, it } from "vitest";
import { type Fleet, startFleet } from "../support/server-process.js";
import { logInAndOutAtOnce } from "./nobody-is-lost.js";
import { runRounds } from "./rounds.js";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet(3, { settings: { maxSessions: 200 } });
});
afterAll(() => fleet.end());

it("keeps all of 100 parallel logins, and exactly the right ones of 50 logins mixed with 50 logouts", {
  timeout: 120_000,
}, async () => {
  const { misses } = await runRounds("nobody is lost", 10, logInAndOutAtOnce(fleet));
  expect(misses).toEqual([]);
});
