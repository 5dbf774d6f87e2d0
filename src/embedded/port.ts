import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Below the ports that systems give out by themselves: one that is kept between runs must still be free at the next. */
const [lowest, highest] = [20_000, 32_000];

/** A port of 127.0.0.1 that nobody listens on now. @throws Error where twenty tries found none */
export async function findPort(): Promise<number> {
  for (let tries = 0; tries < 20; tries += 1) {
    const port = randomInt(lowest, highest);
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port between ${lowest} and ${highest}`);
}

/** Whether a server could listen on this port of 127.0.0.1. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
