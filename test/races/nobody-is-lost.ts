import { LoginDocument, LogoutDocument, LogoutSessionDocument, send, signUp } from "../../src/testing/index.js";
import type { Fleet } from "../support/fleet.js";
import { outcomeOf, refused, times, tryAccess } from "../support/outcome.js";
import { differencesOf, missesOf, type Round } from "./rounds.js";

type Session = { id: string; token: string };

/**
 * 100 parallel logins of one user on all instances: 100 tokens that work, 100 sessions. Then 50 logins mixed with 50 logouts, half of
 * them by `logout` and half by `logoutSession`: exactly the right hundred is left.
 */
export function logInAndOutAtOnce(fleet: Fleet): Round {
  return async () => {
    const { email, password, ...first } = await signUp(fleet.urlOf(0));
    await first.logout();

    const logIn = async (turn: number) => {
      const answer = await send(fleet.urlOf(turn), LoginDocument, { input: { email, password } });
      return { outcome: outcomeOf(answer), session: answer.data?.login };
    };
    const sessionsOf = (answers: Awaited<ReturnType<typeof logIn>>[]): Session[] =>
      answers.flatMap(({ session }) => (session ? [{ id: session.session.id, token: session.accessToken }] : []));
    /** Each token is tried on another instance than the one that gave it. */
    const tryAll = (sessions: Session[]) =>
      Promise.all(sessions.map(({ token }, index) => tryAccess(fleet.urlOf(index + 1), token)));
    const listedBy = async ({ token }: Session) => {
      const query = "{ sessions(first: 200) { totalCount nodes { id } } }";
      const { data } = await send<{ sessions: { totalCount: number; nodes: { id: string }[] } }, object>(
        fleet.urlOf(2),
        query,
        {},
        { token },
      );
      return data?.sessions.nodes.map(({ id }) => id) ?? [];
    };

    const answers = await times(100, logIn);
    const hundred = sessionsOf(answers);
    const misses = missesOf(
      "login",
      answers.map(({ outcome }) => outcome),
      "ok",
    );
    if (misses.length > 0) return misses;
    misses.push(
      ...missesOf("token", await tryAll(hundred), "ok"),
      ...differencesOf(
        "the list",
        await listedBy(hundred[0]!),
        hundred.map(({ id }) => id),
      ),
    );

    const leaving = hundred.slice(0, 50);
    const staying = hundred.slice(50);
    const logOut = async ({ id, token }: Session, turn: number) => {
      if (turn % 2 === 0) return send(fleet.urlOf(turn + 1), LogoutDocument, {}, { token });
      return send(fleet.urlOf(turn + 1), LogoutSessionDocument, { id }, { token: staying[turn]!.token });
    };
    const mixed = await times(50, (turn) => Promise.all([logIn(turn), logOut(leaving[turn]!, turn)]));
    const arriving = sessionsOf(mixed.map(([login]) => login));
    const right = [...staying, ...arriving];
    misses.push(
      ...missesOf(
        "mixed login",
        mixed.map(([login]) => login.outcome),
        "ok",
      ),
      ...missesOf(
        "logout",
        mixed.map(([, logout]) => outcomeOf(logout)),
        "ok",
      ),
      ...missesOf("token that stays", await tryAll(right), "ok"),
      ...missesOf("token that left", await tryAll(leaving), refused("SESSION_REVOKED")),
      ...differencesOf(
        "the list",
        await listedBy(right[0]!),
        right.map(({ id }) => id),
      ),
    );
    return misses;
  };
}
