import { connect } from "node:net";
import mongoose from "mongoose";

const patienceMs = 1_000;

/** `"primary"`: the member of the set that takes writes; `"other"`: somebody else, or it does not answer within a second. */
export type Answer = "primary" | "other" | "nobody";

/** Who listens on this port of 127.0.0.1. */
export async function askMongod({ port, replicaSet }: { port: number; replicaSet: string }): Promise<Answer> {
  if (!(await isListening(port))) return "nobody";
  const answer = await commandMongod(port, { hello: 1 }).catch(() => null);
  return answer?.setName === replicaSet && answer.isWritablePrimary === true ? "primary" : "other";
}

/** Sends one command to the mongod on this port, over a connection of its own. @throws the driver's errors */
export async function commandMongod(port: number, command: Record<string, unknown>): Promise<Record<string, unknown>> {
  const client = new mongoose.mongo.MongoClient(`mongodb://127.0.0.1:${port}/`, {
    appName: "muster-embedded",
    directConnection: true,
    serverSelectionTimeoutMS: patienceMs,
    connectTimeoutMS: patienceMs,
    socketTimeoutMS: 10 * patienceMs,
  });
  try {
    return await client.db("admin").command(command, { signal: AbortSignal.timeout(10 * patienceMs) });
  } finally {
    await client.close(true);
  }
}

/** Whether an error is what a mongod answered, and not that it did not. */
export const isAnswer = (error: unknown): boolean => error instanceof mongoose.mongo.MongoServerError;

/** Whether any process listens on this port of 127.0.0.1. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, timeout: patienceMs });
    const answer = (listening: boolean) => {
      socket.destroy();
      resolve(listening);
    };
    socket.once("connect", () => answer(true));
    socket.once("timeout", () => answer(true));
    socket.once("error", () => answer(false));
  });
}
