import { describe, expect, it, onTestFinished } from "vitest";
import { contestants } from "./contestants.js";
import { openDeployment } from "./deployment.js";
import { events } from "./events.js";
import { happen } from "./observe.js";
import { accessOfAll, names, refreshOf } from "./scene.js";

/** Whoever restarts by itself, or ends what others did, is seen in the table of events. */
const one = events.filter(({ restarts, ends }) => !restarts && ends.length > 0 && !ends.includes("neighbour"));
const whole = events.filter(({ restarts, ends }) => !restarts && ends.includes("neighbour"));

describe.each(contestants)("$title", (contestant) => {
  it("holds to every revocation after all instances have started again, twice, and to every token that was good", async () => {
    const deployment = await openDeployment(contestant);
    onTestFinished(() => deployment.close());
    const seen = [];
    for (const event of one) seen.push({ event: event.title, ...(await happen(deployment, event)) });
    for (let restart = 0; restart < 2; restart++) {
      await deployment.restart();
      for (const { event, scene, access } of seen) expect([event, await accessOfAll(scene)]).toEqual([event, access]);
    }
  });

  it.each(whole)("holds to this after all instances have started again: $title", async (event) => {
    const deployment = await openDeployment(contestant);
    onTestFinished(() => deployment.close());
    const { scene, access } = await happen(deployment, event);
    await deployment.restart();
    expect(await accessOfAll(scene)).toEqual(access);
  });
});

describe.each(contestants.filter(({ redis }) => redis !== undefined))("$title", (contestant) => {
  it("brings no token back when Redis has started again as well, and signs nobody out", async () => {
    const deployment = await openDeployment(contestant);
    onTestFinished(() => deployment.close());
    const seen = [];
    for (const event of one) seen.push({ event: event.title, ...(await happen(deployment, event)) });
    await deployment.redis!.kill();
    await deployment.redis!.start();
    await deployment.restart();
    for (const { event, scene, access } of seen) {
      const now = await accessOfAll(scene);
      for (const name of names) {
        if (access[name] !== "ok")
          expect([event, name, now[name]]).toEqual([event, name, expect.stringMatching(/^401 /)]);
        else expect([event, name, await refreshOf(deployment, scene[name].refreshToken)]).toEqual([event, name, "ok"]);
      }
    }
  });
});
