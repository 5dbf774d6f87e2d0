import { describe, expect, it, onTestFinished } from "vitest";
import { contestants } from "./contestants.js";
import { openDeployment } from "./deployment.js";
import { events } from "./events.js";
import { happen } from "./observe.js";

/** An instance's clock that is wrong by so much; what the database's clock says is not moved by it. */
const wrongBy = (ms: number) => ({ now: () => Date.now() + ms, aheadMs: () => 0 });

/** Two instances can't start again with other clocks in the middle of this. */
const all = events.filter(({ restarts }) => !restarts);

describe.each(contestants)("$title", (contestant) => {
  it.each([
    ["ahead", 300_000],
    ["behind", -300_000],
  ])(
    "ends the same where the clock of the instance that is asked is 300 s %s, and the other one's is wrong the other way",
    async (_, ms) => {
      const deployment = await openDeployment(contestant, { clocks: [wrongBy(ms), wrongBy(-ms)] });
      onTestFinished(() => deployment.close());
      const { capabilities } = deployment.strategy();
      for (const event of all) {
        const isEnded = event.ends.length === 0 || capabilities.includes(event.takes ?? "ALL_SESSIONS");
        const { are } = await happen(deployment, event);
        expect([event.title, are]).toEqual([event.title, isEnded ? "at once" : "living on"]);
      }
    },
  );
});
