import { Agent, request } from "node:http";
import { describe, expect, test } from "vitest";
import { serveSchema } from "./support.js";

/** A resolver that a test holds until it lets go. */
function createHold() {
  let arrive: () => void;
  let release: () => void;
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    arrived,
    release: () => release(),
    async wait(): Promise<string> {
      arrive();
      await released;
      return "held";
    },
  };
}

const typeDefs = "type Query { slow: String! @public fast: String! @public }";
const serveHold = async (hold: ReturnType<typeof createHold>, drainLimitMs?: number) =>
  serveSchema(
    { typeDefs, resolvers: { Query: { slow: () => hold.wait(), fast: () => "fast" } } },
    { options: { drainLimitMs } },
  );

/** One request over an agent's connection. */
const over = (agent: Agent, port: number, path: string, body?: string) =>
  new Promise<{ status: number; connection: string | undefined; text: string }>((resolve, reject) => {
    const sent = request(
      {
        agent,
        port,
        path,
        host: "127.0.0.1",
        method: body ? "POST" : "GET",
        headers: body ? { "content-type": "application/json" } : {},
      },
      (response) => {
        let text = "";
        response.on("data", (chunk) => {
          text += chunk;
        });
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, connection: response.headers.connection, text }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });

const slow = JSON.stringify({ query: "{ slow }" });

describe("stopping", () => {
  test("lets requests in flight finish, tells probes so, takes no new connections and leaves none open", async () => {
    const hold = createHold();
    const { port, origin, drain } = await serveHold(hold);
    const busy = new Agent({ keepAlive: true });
    const probe = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await over(probe, port, "/health/ready")).status).toBe(200);

    const inFlight = over(busy, port, "/graphql", slow);
    await hold.arrived;
    // a probe that is in the middle of its request when the server begins to stop
    const late = over(probe, port, "/health/ready");
    const drained = drain();
    const answer = await late.catch(() => null);
    if (answer) expect([200, 503]).toContain(answer.status);
    await expect(fetch(`${origin}/health/live`)).rejects.toThrow();

    hold.release();
    expect(await inFlight).toMatchObject({ status: 200, connection: "close", text: '{"data":{"slow":"held"}}\n' });
    await drained;
    busy.destroy();
    probe.destroy();
  });

  test("does not wait for connections that do nothing", async () => {
    const { port, drain } = await serveHold(createHold());
    const idle = new Agent({ keepAlive: true });
    expect((await over(idle, port, "/health/live")).status).toBe(200);
    const startedAt = performance.now();
    await drain();
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    idle.destroy();
  });

  test("cuts what takes longer than it may", async () => {
    const hold = createHold();
    const { port, drain } = await serveHold(hold, 100);
    const agent = new Agent({ keepAlive: true });
    const inFlight = over(agent, port, "/graphql", slow);
    inFlight.catch(() => {});
    await hold.arrived;
    await drain();
    await expect(inFlight).rejects.toThrow();
    hold.release();
    agent.destroy();
  });
});
