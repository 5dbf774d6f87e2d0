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
    ["ahead of", 300_000],
    ["behind", -300_000],
  ])("answers every event the same at an instance whose clock is 300 s %s the other's true one", async (_, ms) => {
    const right = await openDeployment(contestant);
    onTestFinished(() => right.close());
    const wrong = await openDeployment(contestant, { clocks: [wrongBy(ms), wrongBy(-ms)] });
    onTestFinished(() => wrong.close());
    for (const event of all) {
      const [there, here] = [await happen(right, event), await happen(wrong, event)];
      expect({ event: event.title, are: here.are, access: here.access }).toEqual({
        event: event.title,
        are: there.are,
        access: there.access,
      });
    }
  });
});
