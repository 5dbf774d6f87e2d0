import { dataOf, MeDocument, SessionsDocument, startTestServer, type TestClient } from "muster-auth/testing";

// Compiled, not run: what a test of an application writes against the test kit's types.

export async function check(): Promise<string[]> {
  const server = await startTestServer({ settings: { maxSessions: 2 } });
  const client: TestClient = await server.signUp({ deviceName: "a test" });
  server.clock.advance(60_000);
  const { email, createdAt }: { email: string; createdAt: string } = dataOf(await client.request(MeDocument)).me;
  const { sessions } = dataOf(await client.request(SessionsDocument, { first: 10 }));
  await server.close();
  return [email, createdAt, ...sessions.nodes.map(({ deviceName }) => deviceName ?? "")];
}

// @ts-expect-error the answers are typed from the schema
export const wrong = async (client: TestClient) => dataOf(await client.request(MeDocument)).you;
