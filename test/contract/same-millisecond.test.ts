import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signUp } from "../../src/testing/index.js";
import { contestants } from "./contestants.js";
import { type Deployment, openDeployment } from "./deployment.js";
import { accessOf } from "./scene.js";

/** Those that can end a user's tokens at all. */
const endingAll = contestants.filter(({ settings }) => settings.strategy !== "stateless");
const dead = /^401 UNAUTHENTICATED (SESSION_REVOKED|TOKEN_SUPERSEDED|TOKEN_INVALID)$/;

/** A date that the database's clock does not reach in this test: what is stored there holds time still. */
const soon = () => new Date(Date.now() + 60_000);

describe.each(endingAll)("$title, while the clock does not go on", (contestant) => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await openDeployment(contestant);
  });
  afterAll(() => deployment.close());

  it("refuses what was signed in before an ending, and admits what was signed in after it", async () => {
    const { operator } = deployment;
    const laptop = await signUp(deployment.urls()[0], {});
    const held = soon();
    await operator.set(laptop.email, { lastIssuedAt: held });
    const before = await laptop.login();
    expect(await accessOf(deployment, before.accessToken)).toBe("ok");
    await before.logoutEverywhere();
    const after = await laptop.login();

    for (const { accessToken } of [laptop, before]) expect(await accessOf(deployment, accessToken)).toMatch(dead);
    expect(await accessOf(deployment, after.accessToken)).toBe("ok");
    const { issuedAt } = (await operator.sessionOf(laptop.email, after.credentials.session.id)).jtis[0]!;
    expect(issuedAt.getTime() - held.getTime()).toBeLessThanOrEqual(1);
  });

  it("refuses by an ending what was signed in a moment ago, and goes on so, again and again", async () => {
    const { operator } = deployment;
    const laptop = await signUp(deployment.urls()[0], {});
    const held = soon();
    await operator.set(laptop.email, { tokensValidAfter: held });
    const ended = [laptop.accessToken];
    for (let round = 0; round < 3; round++) {
      const next = await laptop.login();
      expect(await accessOf(deployment, next.accessToken)).toBe("ok");
      for (const token of ended) expect(await accessOf(deployment, token)).toMatch(dead);
      await next.logoutEverywhere();
      ended.push(next.accessToken);
    }
    for (const token of ended) expect(await accessOf(deployment, token)).toMatch(dead);
    const { lastIssuedAt } = await operator.userOf(laptop.email);
    expect(lastIssuedAt!.getTime() - held.getTime()).toBeLessThanOrEqual(3);
  });

  it("lets a changed password end what came before it, and not what it answers with", async () => {
    const laptop = await signUp(deployment.urls()[0], {});
    await deployment.operator.set(laptop.email, { lastIssuedAt: soon() });
    const phone = await laptop.login();
    const before = phone.accessToken;
    await phone.changePassword({ newPassword: "another long sentence for tests" });
    for (const token of [laptop.accessToken, before]) expect(await accessOf(deployment, token)).toMatch(dead);
    expect(await accessOf(deployment, phone.accessToken)).toBe("ok");
    await phone.refresh();
    expect(await accessOf(deployment, phone.accessToken)).toBe("ok");
  });
});
