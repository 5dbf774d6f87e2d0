import { randomBytes } from "node:crypto";
import { type ExecutionResult, parse, subscribe } from "graphql";
import { expect, inject, it, onTestFinished } from "vitest";
import { startTestServer } from "../../src/testing/index.js";
import { startEmbedding } from "./embedding.js";

it("a subscription that another server runs with muster.context is looked at anew before each event", async () => {
  const secret = randomBytes(32).toString("hex");
  const server = await startTestServer({ mongodbUri: inject("mongoUri"), settings: { jwtSecret: secret } });
  onTestFinished(() => server.close());
  const embedding = await startEmbedding(server, { secret });
  onTestFinished(() => embedding.close());
  const { muster, schema } = embedding;

  const client = await server.signUp();
  await server.grantRole(client.email, "spy");
  const contextValue = await muster.context({ req: { headers: { authorization: `Bearer ${client.accessToken}` } } });
  const document = parse("subscription { spyTicks }");
  const events = (await subscribe({ schema, document, contextValue })) as AsyncGenerator<ExecutionResult>;
  onTestFinished(async () => void (await events.return(undefined)));
  const next = async (n: number) => {
    const event = events.next();
    embedding.publish(n);
    const { data, errors } = (await event).value as ExecutionResult;
    return errors?.[0]?.extensions.reason ?? data?.spyTicks;
  };

  expect(await next(1)).toBe(1);
  expect(await next(2)).toBe(2);
  await client.logout();
  expect(await next(3)).toBe("SESSION_REVOKED");
});
