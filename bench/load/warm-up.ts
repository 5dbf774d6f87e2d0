import type { Client } from "./client.js";

const mostSecondsWithoutAnswer = 30;

/**
 * Sends so many requests at least, for at least so many seconds: then a server has seen every user.
 *
 * @throws Error where it does not answer
 */
export async function warmUp(
  client: Client,
  { requests, seconds = 0 }: { requests: number; seconds?: number },
): Promise<void> {
  let [seen, silent] = [0, 0];
  for (let second = 0; seen < requests || second < seconds; second++) {
    const { answers } = await client.run({ seconds: 1 });
    seen += answers;
    silent = answers > 0 ? 0 : silent + 1;
    if (silent === mostSecondsWithoutAnswer) throw new Error(`No answer in ${silent} s.`);
  }
}
