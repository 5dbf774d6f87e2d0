import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { openTestDatabase } from "../../src/testing/database.js";

type Example = (options: { mongodbUri: string; secret: string; port: number }) => Promise<{
  url: string;
  close(): Promise<void>;
}>;

/** Starts an example on a free port, over a database of its own. */
export async function startExample(startServer: Example) {
  const database = await openTestDatabase(inject("mongoUri"));
  try {
    const server = await startServer({ mongodbUri: database.uri, secret: randomBytes(32).toString("hex"), port: 0 });
    return {
      url: server.url,
      mongodbUri: database.uri,
      async close() {
        await server.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
