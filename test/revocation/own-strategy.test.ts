import { expect, inject, it, onTestFinished } from "vitest";
import { strategyOf } from "../../src/revocation/index.js";
import type { Strategy } from "../../src/revocation/strategy.js";
import { startTestServer } from "../../src/testing/index.js";
import { refused, tryAccess } from "../support/outcome.js";

// as docs/embedding.md has it
const generation: Strategy = {
  name: "my-generation",
  capabilities: ["ALL_SESSIONS", "BY_TIME", "EVERYTHING"],
  fields: ["tokenVersion"],
  ownClaims: ({ tokenVersion = 0 }) => ({ ver: tokenVersion }),
  parseOwn: ({ ver }) => (Number.isSafeInteger(ver) ? { ver: ver as number } : null),
  judge: ({ own }, { claims }) => (claims.ver === (own.tokenVersion ?? 0) ? null : { refused: "SESSION_REVOKED" }),
  endsAll: () => ({ tokenVersion: { $add: [{ $ifNull: ["$tokenVersion", 0] }, 1] } }),
};

it("judges by a strategy of one's own, and says what that is", async () => {
  const server = await startTestServer({
    mongodbUri: inject("mongoUri"),
    settings: { strategy: generation as never },
  });
  onTestFinished(() => server.close());
  const phone = await server.signUp();
  expect(server.muster.status()).toMatchObject({ strategy: "my-generation", strategyBefore: null });
  expect(await tryAccess(server.url, phone.accessToken)).toBe("ok");
  expect(await phone.logoutEverywhere()).toBe(1);
  expect(await tryAccess(server.url, phone.accessToken)).toBe(refused("SESSION_REVOKED"));
  const again = await phone.login();
  expect(await tryAccess(server.url, again.accessToken)).toBe("ok");
  await again.refresh();
  expect(await tryAccess(server.url, again.accessToken)).toBe("ok");
});

it("tells an instance how the one before it judged", async () => {
  const server = await startTestServer({ mongodbUri: inject("mongoUri") });
  onTestFinished(() => server.close());
  const other = await startTestServer({ joins: server, settings: { strategy: "token-key" } });
  onTestFinished(() => other.close());
  expect(server.muster.status()).toMatchObject({ strategy: "session-list", strategyBefore: null });
  expect(other.muster.status()).toMatchObject({ strategy: "token-key", strategyBefore: "session-list" });
});

it.each([
  ["nothing", {}, /a name.*a function judge.*its capabilities/],
  ["a capability that there is none of", { ...generation, capabilities: ["ONE_DAY"] }, /no capability ONE_DAY/],
  ["a field that is not kept for it", { ...generation, fields: ["myGeneration"] }, /no field myGeneration/],
])("takes no strategy with %s", (_, given, message) => {
  expect(() => strategyOf(given as never, {} as never)).toThrow(message);
});
