import {
  ChangePasswordDocument,
  type CredentialsFragment,
  LoginDocument,
  LogoutEverywhereDocument,
  send,
  signUp,
  type TestClient,
} from "../../src/testing/index.js";
import type { Barrier } from "../support/barrier.js";
import type { Fleet } from "../support/fleet.js";
import type { Operator } from "../support/operator.js";
import { outcomeOf, refreshWith, refused, times, tryAccess, tryRefresh } from "../support/outcome.js";
import { differencesOf, missesOf, type Round } from "./rounds.js";

export const revocations = ["logoutEverywhere", "changePassword", "changePassword with logoutEverywhere"] as const;

/**
 * What is in the database first: the revocation while every racer is held, the racers' writes while the revocation is held before its
 * own, or whatever comes out when all are let go at one moment.
 */
export const orders = ["the revocation first", "the racers first", "all at once"] as const;

type Site = { fleet: Fleet; barrier: Barrier; operator: Operator };
type Attempt = { outcome: string; credentials?: CredentialsFragment | undefined };

const newPassword = "another long sentence for tests";

/**
 * One revocation against 20 logins, half of them held inside the hash and half before their write, and 20 refreshes held before theirs,
 * some of them two of one token. All have read what they decide by before the revocation starts. Once it has returned, nothing of
 * before is admitted: no token from before it, and none that a racer was answered with.
 */
export function revokeWithRacersInFlight(
  { fleet, barrier, operator }: Site,
  revocation: (typeof revocations)[number],
): Round {
  return async (number) => {
    const order = orders[number % orders.length]!;
    const asker = await signUp(fleet.urlOf(number));
    const others = await times(14, (turn) => asker.login({ url: fleet.urlOf(turn) }));
    const clients = [asker, ...others];
    // the instances that are asked at the end know these tokens as good
    const known = await times(clients.length, (turn) => tryAccess(fleet.urlOf(turn + 1), clients[turn]!.accessToken));

    const inHash = barrier.hold("verify", 10);
    const logins = startLogins(fleet, asker, 10);
    await inHash.arrived;
    const beforeLogin = barrier.hold("login", 10);
    logins.push(...startLogins(fleet, asker, 10));
    await beforeLogin.arrived;
    const beforeRefresh = barrier.hold("refresh", 20);
    const refreshes = Array.from({ length: 20 }, (_, turn) =>
      startRefresh(fleet, clients[turn % clients.length]!, turn),
    );
    await beforeRefresh.arrived;
    const letRacersGo = () => {
      for (const { release } of [inHash, beforeLogin, beforeRefresh]) release();
    };
    const racers = Promise.all([Promise.all(logins), Promise.all(refreshes)]);

    const revoke = () => startRevocation(fleet, asker, revocation);
    let revoked: Attempt;
    if (order === "the revocation first") {
      revoked = await revoke();
      letRacersGo();
    } else if (order === "the racers first") {
      const beforeRevocation = barrier.hold(
        revocation === "logoutEverywhere" ? "logout-everywhere" : "change-password",
        1,
      );
      const revoking = revoke();
      await beforeRevocation.arrived;
      letRacersGo();
      await racers;
      beforeRevocation.release();
      revoked = await revoking;
    } else {
      letRacersGo();
      revoked = await revoke();
    }
    const [loggedIn, refreshed] = await racers;

    const may = {
      "the revocation first": { login: refused("LOGIN_OVERTAKEN"), refresh: refused("REFRESH_INVALID") },
      "the racers first": { login: "ok", refresh: "ok" },
      "all at once": { login: ["ok", refused("LOGIN_OVERTAKEN")], refresh: ["ok", refused("REFRESH_INVALID")] },
    }[order];
    const misses = [
      ...missesOf("access token before the revocation", known, "ok"),
      ...missesOf("revocation", [revoked.outcome], "ok"),
      ...missesOf(
        "login",
        loggedIn.map(({ outcome }) => outcome),
        may.login,
      ),
      ...missesOf(
        "refresh",
        refreshed.map(({ outcome }) => outcome),
        may.refresh,
      ),
      ...(await survivors(
        fleet,
        clients.map(({ credentials }) => credentials),
        [...loggedIn, ...refreshed],
        revocation,
      )),
      ...differencesOf(
        "the roll",
        (await operator.userOf(asker.email)).sessions.map(({ id }) => id),
        revoked.credentials ? [revoked.credentials.session.id] : [],
      ),
    ];
    if (revoked.credentials) {
      const { accessToken, refreshToken } = revoked.credentials;
      misses.push(...missesOf("the answer's access token", [await tryAccess(fleet.urlOf(1), accessToken)], "ok"));
      misses.push(...missesOf("the answer's refresh token", [await tryRefresh(fleet.urlOf(2), refreshToken)], "ok"));
    }
    return misses.map((miss) => `${order}: ${miss}`);
  };
}

function startLogins(fleet: Fleet, { email, password }: TestClient, count: number): Promise<Attempt>[] {
  return Array.from({ length: count }, async (_, turn) => {
    const answer = await send(fleet.urlOf(turn), LoginDocument, { input: { email, password } });
    return { outcome: outcomeOf(answer), credentials: answer.data?.login };
  });
}

async function startRefresh(fleet: Fleet, { refreshToken }: TestClient, turn: number): Promise<Attempt> {
  const answer = await refreshWith(fleet.urlOf(turn), refreshToken);
  return { outcome: outcomeOf(answer), credentials: answer.data?.refresh };
}

async function startRevocation(
  fleet: Fleet,
  asker: TestClient,
  revocation: (typeof revocations)[number],
): Promise<Attempt> {
  const { accessToken: token, password: currentPassword } = asker;
  if (revocation === "logoutEverywhere") {
    return { outcome: outcomeOf(await send(fleet.urlOf(1), LogoutEverywhereDocument, {}, { token })) };
  }
  const input = { currentPassword, newPassword, logoutEverywhere: revocation !== "changePassword" };
  const answer = await send(fleet.urlOf(1), ChangePasswordDocument, { input }, { token });
  return { outcome: outcomeOf(answer), credentials: answer.data?.changePassword };
}

/** A line for each token that is not refused with the right reason. */
async function survivors(
  fleet: Fleet,
  before: CredentialsFragment[],
  racers: Attempt[],
  revocation: (typeof revocations)[number],
): Promise<string[]> {
  const answered = racers.flatMap(({ credentials }) => (credentials ? [credentials] : []));
  const all = [...before, ...answered];
  const keptId = revocation === "changePassword" ? before[0]!.session.id : null;
  const access = await Promise.all(all.map(({ accessToken }, turn) => tryAccess(fleet.urlOf(turn + 1), accessToken)));
  const refresh = await Promise.all(
    all.map(({ refreshToken }, turn) => tryRefresh(fleet.urlOf(turn + 2), refreshToken)),
  );
  return [
    ...all.flatMap(({ session }, index) =>
      missesOf(
        "access token",
        [access[index]!],
        refused(session.id === keptId ? "TOKEN_SUPERSEDED" : "SESSION_REVOKED"),
      ),
    ),
    ...missesOf("refresh token", refresh, refused("REFRESH_INVALID")),
  ];
}
