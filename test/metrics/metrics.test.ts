import { expect, inject, it, vi } from "vitest";
import { createMetrics } from "../../src/metrics/metrics.js";
import { serveMetrics } from "../../src/metrics/serve.js";
import { MeDocument, RevocationDocument, startTestServer } from "../../src/testing/index.js";
import { connect } from "../sockets/support.js";

it("counts refusals and waits, and tells how fresh memory is, on an address of its own", async () => {
  const metrics = createMetrics();
  const server = await startTestServer({ mongodbUri: inject("mongoUri"), observer: metrics.observer });
  metrics.watch(() => server.muster.status());
  const served = await serveMetrics(metrics, { host: "127.0.0.1", port: 0 });
  const read = async () => (await fetch(`http://127.0.0.1:${served.port}/metrics`)).text();
  try {
    const client = await server.signUp();
    const token = client.accessToken;
    const sockets = [await connect(server.url, token), await connect(server.url, token)];
    expect(await read()).toContain("muster_connections 2");
    await client.logoutEverywhere();
    await Promise.all(sockets.map(({ closed }) => closed));
    expect(await client.request(MeDocument, {}, { token })).toMatchObject({ status: 401, reason: "SESSION_REVOKED" });
    const text = await read();
    expect(text).toContain('muster_refusals_total{reason="SESSION_REVOKED"} 1');
    expect(text).toContain("muster_revocation_wait_seconds_count 1");
    expect(text).toContain("muster_auth_state_leased 1");
    expect(text).toContain("muster_connections 0");
    expect(text).toContain('muster_connections_cut{reason="LOGGED_OUT_EVERYWHERE"} 2');
    const age = Number(/^muster_auth_state_fresh_age_seconds (.*)$/m.exec(text)?.[1]);
    expect(age).toBeGreaterThanOrEqual(0);
    expect((await fetch(`http://127.0.0.1:${served.port}/graphql`)).status).toBe(404);
  } finally {
    await served.close();
    await server.close();
  }
});

it("counts against how many users something is known, under a strategy that answers from that", async () => {
  const patience = { timeout: 10_000 };
  const metrics = createMetrics();
  const server = await startTestServer({ mongodbUri: inject("mongoUri"), settings: { strategy: "denylist" } });
  try {
    metrics.watch(() => server.muster.status());
    await vi.waitFor(async () => expect(await metrics.text()).toContain("muster_standing_loaded 1"), patience);
    expect(await metrics.text()).toContain("muster_standing_users 0");
    await (await server.signUp()).logoutEverywhere();
    await vi.waitFor(
      async () => expect(await metrics.text()).toMatch(/standing_users 1\n.*standing_doubted 0\n/s),
      patience,
    );
  } finally {
    await server.close();
  }
});

it("tells an admin, and nobody else, how tokens are taken back", async () => {
  const server = await startTestServer({ mongodbUri: inject("mongoUri") });
  try {
    const client = await server.signUp();
    expect(await client.request(RevocationDocument)).toMatchObject({ status: 403, reason: "ROLE_MISSING" });
    await server.grantRole(client.email, "admin");
    const { data } = await client.request(RevocationDocument);
    expect(data?.revocation).toMatchObject({ strategy: "session-list", mode: "leased", leaseMs: 1_000, instances: 1 });
    expect(data?.revocation.capabilities).toEqual([
      "ONE_SESSION",
      "OTHER_SESSIONS",
      "ALL_SESSIONS",
      "BY_TIME",
      "EVERYTHING",
    ]);
  } finally {
    await server.close();
  }
});
