import { signUp, type TestClient } from "../../src/testing/index.js";
import type { Fleet } from "../support/fleet.js";
import type { Operator } from "../support/operator.js";
import { outcomeOf, refreshWith, refused, times, tryAccess, tryRefresh } from "../support/outcome.js";
import { differencesOf, missesOf, type Round } from "./rounds.js";

type Site = { fleet: Fleet; operator: Operator };

/** 100 parallel uses of one refresh token on all instances. */
async function useAtOnce(fleet: Fleet, { refreshToken }: TestClient) {
  const answers = await times(100, (turn) => refreshWith(fleet.urlOf(turn), refreshToken));
  return answers.map((answer) => ({ outcome: outcomeOf(answer), credentials: answer.data?.refresh }));
}

async function phoneAndLaptop(fleet: Fleet) {
  const laptop = await signUp(fleet.urlOf(0));
  return { phone: await laptop.login({ url: fleet.urlOf(1) }), laptop };
}

/** What an access token says, signature left out. */
const claimsOf = (token: string) => Buffer.from(token.split(".")[1] ?? "", "base64url").toString();

/** Within the grace: one answer for all, as good at the end as at the beginning. */
export function refreshWithGrace({ fleet, operator }: Site): Round {
  return async () => {
    const { phone, laptop } = await phoneAndLaptop(fleet);
    const uses = await useAtOnce(fleet, phone);
    const misses = missesOf(
      "use",
      uses.map(({ outcome }) => outcome),
      "ok",
    );
    if (misses.length > 0) return misses;
    const answers = uses.map(({ credentials }) => credentials!);
    const { accessToken, refreshToken } = answers[0]!;
    const { generation, jtis } = await operator.sessionOf(phone.email, phone.credentials.session.id);
    return [
      ...missesOf(
        "refresh token",
        answers.map((each) => each.refreshToken),
        refreshToken,
      ),
      ...missesOf(
        "claims",
        answers.map((each) => claimsOf(each.accessToken)),
        claimsOf(accessToken),
      ),
      ...missesOf(
        "session",
        answers.map(({ session }) => session.id),
        phone.credentials.session.id,
      ),
      ...missesOf("generation", [generation], 1),
      ...missesOf("access tokens of the session", [jtis.length], 2),
      ...missesOf("new access token", [await tryAccess(fleet.urlOf(1), accessToken)], "ok"),
      ...missesOf("old access token", [await tryAccess(fleet.urlOf(2), phone.accessToken)], "ok"),
      ...missesOf("new refresh token", [await tryRefresh(fleet.urlOf(0), refreshToken)], "ok"),
      ...missesOf("sibling", [await tryAccess(fleet.urlOf(1), laptop.accessToken)], "ok"),
    ];
  };
}

/** Without a grace: exactly one wins; the others count as reuse, which ends that session and no other. */
export function refreshWithoutGrace({ fleet, operator }: Site): Round {
  return async () => {
    const { phone, laptop } = await phoneAndLaptop(fleet);
    const uses = await useAtOnce(fleet, phone);
    const winners = uses.filter(({ outcome }) => outcome === "ok");
    const losers = uses.filter(({ outcome }) => outcome !== "ok").map(({ outcome }) => outcome);
    const { sessions } = await operator.userOf(phone.email);
    const misses = [
      ...missesOf("winners", [winners.length], 1),
      // who comes when the session has been ended finds none
      ...missesOf("loser", losers, [refused("REFRESH_REUSED"), refused("REFRESH_INVALID")]),
      ...missesOf(
        "losers that were told of the reuse",
        [losers.filter((each) => each === refused("REFRESH_REUSED")).length],
        1,
      ),
      ...missesOf("old access token", [await tryAccess(fleet.urlOf(2), phone.accessToken)], refused("SESSION_REVOKED")),
      ...missesOf("sibling's access token", [await tryAccess(fleet.urlOf(1), laptop.accessToken)], "ok"),
      ...missesOf("sibling's refresh token", [await tryRefresh(fleet.urlOf(1), laptop.refreshToken)], "ok"),
      ...differencesOf(
        "the roll",
        sessions.map(({ id }) => id),
        [laptop.credentials.session.id],
      ),
    ];
    for (const { credentials } of winners) {
      misses.push(
        ...missesOf(
          "winner's access token",
          [await tryAccess(fleet.urlOf(1), credentials!.accessToken)],
          refused("SESSION_REVOKED"),
        ),
      );
      misses.push(
        ...missesOf(
          "winner's refresh token",
          [await tryRefresh(fleet.urlOf(0), credentials!.refreshToken)],
          refused("REFRESH_INVALID"),
        ),
      );
    }
    return misses;
  };
}
