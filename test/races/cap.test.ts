import { expect, inject, it } from "vitest";
import { LoginDocument, SignupDocument, send, startTestServer } from "../../src/testing/index.js";
import { openOperator } from "../support/operator.js";
import { outcomeOf, refused, times, tryAccess } from "../support/outcome.js";

async function logInAtOnce(settings: object, count: number) {
  const server = await startTestServer({ mongodbUri: inject("mongoUri"), settings });
  const operator = await openOperator(server.mongodbUri);
  try {
    const first = await server.signUp();
    await first.logout();
    const input = { email: first.email, password: first.password };
    const answers = await times(count, () => send(server.url, LoginDocument, { input }));
    const { sessions } = await operator.userOf(first.email);
    const given = answers.flatMap(({ data }) => (data ? [data.login] : []));
    const worth = await Promise.all(given.map(({ accessToken }) => tryAccess(server.url, accessToken)));
    return {
      outcomes: answers.map(outcomeOf),
      roll: sessions.map(({ id }) => id).sort(),
      alive: given
        .filter((_, index) => worth[index] === "ok")
        .map(({ session }) => session.id)
        .sort(),
      dead: worth.filter((each) => each !== "ok"),
    };
  } finally {
    await operator.close();
    await server.close();
  }
}

it("leaves exactly MAX_SESSIONS of 40 logins at once, the rest ended", async () => {
  const { outcomes, roll, alive, dead } = await logInAtOnce({ maxSessions: 5 }, 40);
  expect(new Set(outcomes)).toEqual(new Set(["ok"]));
  expect(alive).toEqual(roll);
  expect(alive).toHaveLength(5);
  expect(new Set(dead)).toEqual(new Set([refused("SESSION_REVOKED")]));
});

it("lets exactly MAX_SESSIONS of 40 logins at once in where the rest is refused", async () => {
  const { outcomes, roll, alive } = await logInAtOnce({ maxSessions: 5, atSessionCap: "refuse" }, 40);
  expect(outcomes.filter((each) => each === "ok")).toHaveLength(5);
  expect(outcomes.filter((each) => each === "403 FORBIDDEN SESSION_LIMIT_REACHED")).toHaveLength(35);
  expect(alive).toEqual(roll);
});

it("leaves one of 20 logins at once where a login ends the others", async () => {
  const { outcomes, roll, alive } = await logInAtOnce({ newLoginEnds: "others" }, 20);
  expect(new Set(outcomes)).toEqual(new Set(["ok"]));
  expect(alive).toEqual(roll);
  expect(alive).toHaveLength(1);
});

it("makes one account of 20 sign-ups at once with one address", async () => {
  const server = await startTestServer({ mongodbUri: inject("mongoUri") });
  try {
    const spellings = ["ada@test.example", "Ada@test.example", "ADA@TEST.EXAMPLE"];
    const answers = await times(20, (turn) =>
      send(server.url, SignupDocument, {
        input: { email: spellings[turn % 3]!, password: "a long sentence for tests" },
      }),
    );
    const outcomes = answers.map(outcomeOf);
    expect(outcomes.filter((each) => each === "ok")).toHaveLength(1);
    expect(outcomes.filter((each) => each === "400 BAD_USER_INPUT EMAIL_TAKEN")).toHaveLength(19);
  } finally {
    await server.close();
  }
});
