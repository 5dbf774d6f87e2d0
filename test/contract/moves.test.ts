import { describe, expect, it, onTestFinished } from "vitest";
import { login, signUp } from "../../src/testing/index.js";
import { refreshWith, refused, tryRefresh } from "../support/outcome.js";
import { type Contestant, contestants } from "./contestants.js";
import { openDeployment } from "./deployment.js";
import { accessOf } from "./scene.js";

const [roll, ...others] = contestants as [Contestant, ...Contestant[]];
/** Each to the next one, so that every strategy is left once and come to once; and each to the roll, which judges any JWT. */
const moves = [
  ...others.map((to, index) => ({ from: contestants[index]!, to })),
  ...others.map((from) => ({ from, to: roll })),
];
const superseded = refused("TOKEN_SUPERSEDED");

/** What an access token that was good is worth after a move. */
function expectedWorth(from: Contestant, to: Contestant): string[] {
  const [left, taken] = [from.settings.strategy, to.settings.strategy];
  // another form of the same may keep its tokens or not
  if (left === taken) return ["ok", superseded];
  const isJwtOfOurKey = left !== "derived-secret" && (left !== "opaque" || from.settings.opaqueFormat === "jwt");
  return [taken === "session-list" && isJwtOfOurKey ? "ok" : superseded];
}

describe.each(moves)("from $from.title to $to.title", ({ from, to }) => {
  it("lets nobody sign in again who was signed in, and nobody go on who was not", async () => {
    const hasRedis = [from, to].some(({ redis }) => redis !== undefined);
    const deployment = await openDeployment(from, { hasRedis });
    onTestFinished(() => deployment.close());
    const [phone, tablet] = [await signUp(deployment.urls()[0], {}), await signUp(deployment.urls()[0], {})];
    const ended = { access: tablet.accessToken, refresh: tablet.refreshToken };
    // where it can't be honoured for access tokens, the session ends all the same
    await tablet.logoutEverywhere().catch(() => 0);

    await deployment.restart(to.settings);
    const [url] = deployment.urls();
    expect(expectedWorth(from, to)).toContain(await accessOf(deployment, phone.accessToken));
    const { data } = await refreshWith(url, phone.refreshToken);
    expect(await accessOf(deployment, data!.refresh.accessToken)).toBe("ok");

    expect(await accessOf(deployment, ended.access)).toMatch(
      /^401 UNAUTHENTICATED (TOKEN_SUPERSEDED|SESSION_REVOKED)$/,
    );
    expect(await tryRefresh(url, ended.refresh)).toBe(refused("REFRESH_INVALID"));
    const again = await login(url, tablet);
    expect(await accessOf(deployment, again.accessToken)).toBe("ok");
  });
});
