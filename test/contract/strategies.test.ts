import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { strategyNames } from "../../src/revocation/index.js";
import { capabilities } from "../../src/revocation/strategy.js";
import { dataOf } from "../../src/testing/index.js";
import { contestants } from "./contestants.js";
import { type Deployment, openDeployment } from "./deployment.js";
import { events } from "./events.js";
import { type Cell, observe } from "./observe.js";
import { pageOf, type Row } from "./page.js";

const rows: Row[] = [];

describe.each(contestants)("$title", (contestant) => {
  const cells = new Map<string, Cell>();
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await openDeployment(contestant);
  });
  afterAll(() => deployment.close());

  it.each(events)(
    "$title: ends access tokens, or says that it does not; refresh tokens and devices end",
    async (event) => {
      const seen = await observe(deployment, event);
      cells.set(event.title, seen);
      if (!event.takes) expect(seen).not.toBe("not offered");
    },
  );

  it("declares exactly what was seen of it", async () => {
    const admin = await deployment.admin();
    const answer = await admin.request<
      { revocation: { strategy: string; mode: string; capabilities: string[] } },
      object
    >("{ revocation { strategy mode capabilities } }", {}, {});
    const { revocation } = dataOf(answer);
    const seen = capabilities.filter((capability) => {
      const shown = events.filter(({ takes }) => takes === capability).map(({ title }) => cells.get(title));
      expect(shown.length).toBeGreaterThan(0);
      return shown.every((cell) => cell === "at once");
    });
    const offered = events.filter(({ takes, title }) => takes && cells.get(title) === "at once");
    expect(revocation.strategy).toBe(contestant.settings.strategy);
    expect([...revocation.capabilities].sort()).toEqual([...seen].sort());
    // and nothing of what it does not declare
    expect(offered.every(({ takes }) => seen.includes(takes!))).toBe(true);
    rows.push({ contestant, cells, capabilities: revocation.capabilities });
  });
});

it("has a line for every strategy", () => {
  expect([...new Set(contestants.map(({ settings }) => settings.strategy))].sort()).toEqual([...strategyNames].sort());
});

it("has seen what docs/strategies.md says", async () => {
  for (const { cells } of rows) expect([...cells.keys()]).toEqual(events.map(({ title }) => title));
  expect(rows.map(({ contestant }) => contestant)).toEqual(contestants);
  await expect(pageOf(rows, events)).toMatchFileSnapshot("../../docs/strategies.md");
});
