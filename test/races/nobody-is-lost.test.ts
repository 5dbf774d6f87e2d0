import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { openTestDatabase } from "../../src/testing/database.js";
import { LoginDocument, send, signUp } from "../../src/testing/index.js";
import { type Fleet, startFleet } from "../support/fleet.js";
import { outcomeOf, times, tryAccess } from "../support/outcome.js";
import { startProgram } from "../support/program.js";
import { becomesReady } from "../support/server-process.js";
import { logInAndOutAtOnce } from "./nobody-is-lost.js";
import { runRounds } from "./rounds.js";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet(3, { settings: { maxSessions: 200 } });
});
afterAll(() => fleet?.end());

it("keeps all of 100 parallel logins, and exactly the right ones of 50 logins mixed with 50 logouts", {
  timeout: 120_000,
}, async () => {
  const { misses } = await runRounds("nobody is lost", 10, logInAndOutAtOnce(fleet));
  expect(misses).toEqual([]);
});

it("keeps all of 30 parallel logins on three servers started as anyone starts them, with their full hashing", async () => {
  const database = await openTestDatabase(inject("mongoUri"));
  const settings = { MONGODB_URI: database.uri, JWT_SECRET: randomBytes(32).toString("hex"), RATE_LIMITS: "off" };
  const programs = [startProgram(settings), startProgram(settings), startProgram(settings)];
  try {
    const urls = await Promise.all(programs.map(({ url }) => url));
    await Promise.all(urls.map(becomesReady));
    const urlOf = (turn: number) => urls[turn % urls.length]!;
    const { email, password, sessionIds } = await signUp(urlOf(0));
    const answers = await times(30, (turn) => send(urlOf(turn), LoginDocument, { input: { email, password } }));
    expect(new Set(answers.map(outcomeOf))).toEqual(new Set(["ok"]));
    const tokens = answers.map(({ data }) => data!.login.accessToken);
    const worth = await Promise.all(tokens.map((token, turn) => tryAccess(urlOf(turn + 1), token)));
    expect(new Set(worth)).toEqual(new Set(["ok"]));
    expect(await sessionIds()).toHaveLength(31);
  } finally {
    await Promise.all(programs.map(({ end }) => end("SIGKILL")));
    await database.close();
  }
});
