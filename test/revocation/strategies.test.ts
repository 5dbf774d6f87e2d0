import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contestants } from "../contract/contestants.js";
import { type Deployment, openDeployment } from "../contract/deployment.js";
import { events } from "../contract/events.js";
import { observe } from "../contract/observe.js";

/** The whole of it is `npm run test:contract`. */
const short = events.filter(({ title }) => ["`logout`", "`logoutEverywhere`"].includes(title));

describe.each(contestants)("$title", (contestant) => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await openDeployment(contestant, { instances: 1 });
  });
  afterAll(() => deployment.close());

  it("ends by a logout, of one or of all, what it declares, and says of the rest that it lives on", async () => {
    const { capabilities } = deployment.strategy();
    expect(short).toHaveLength(2);
    for (const event of short) {
      const seen = await observe(deployment, event);
      expect([event.title, seen]).toEqual([
        event.title,
        capabilities.includes(event.takes!) ? "at once" : "not offered",
      ]);
    }
  });
});
