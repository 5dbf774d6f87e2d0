import { openClient } from "./load/client.js";
import { requestBytes } from "./load/request.js";
import { password, type Stage } from "./stage.js";
import { type Estimate, estimate, ratio } from "./statistics.js";
import type { Bearer } from "./users.js";

/** Logins a second beside bare argon2id with the same parameters, as many at a time. */
export type LoginFigures = { concurrency: number; logins: Estimate; argon2: Estimate; ratio: Estimate };

/** One entry for the default (one core is left to the queries) and one for all cores. */
export type LoginResult = LoginFigures[];

const rounds = 6;
const seconds = 3;
const query =
  "mutation Login($input: LoginInput!) { login(input: $input) { accessToken refreshToken session { id } user { id } } }";

/** Measures logins in a process that may use every core, in turn with argon2id alone. */
export async function measureLogins(stage: Stage, bearers: readonly Bearer[]): Promise<LoginResult> {
  const { cores } = stage.machine;
  const result: LoginResult = [];
  const requests = bearers.map(({ email }) => requestBytes({ query, variables: { input: { email, password } } }));
  const start = Buffer.from('{"data":{"login":{"accessToken":"');
  for (const concurrency of new Set([Math.max(1, cores - 1), cores])) {
    const host = stage.startHost({ allCores: true });
    const mongodbUri = stage.database.uri("logins");
    const port = await host.ask("open", { kind: "leased", mongodbUri, secret: stage.secret, hashing: { concurrency } });
    const isGood = (body: Buffer) => body.subarray(0, start.length).equals(start);
    // one more than are computed at a time, so that none is waited for
    const client = await openClient({ port, requests, isGood, connections: concurrency + 1 });
    await client.run({ seconds });
    const logins: number[] = [];
    const argon2: number[] = [];
    for (let round = 0; round < rounds; round++) {
      console.error(`logins, ${concurrency} at a time: round ${round + 1} of ${rounds}`);
      argon2.push(await host.ask("argon2", { seconds, concurrency }));
      const { answers, failed } = await client.run({ seconds });
      if (failed > 0) throw new Error(`${failed} of ${answers + failed} logins failed.`);
      logins.push(answers / seconds);
    }
    client.close();
    await host.end();
    result.push({ concurrency, logins: estimate(logins), argon2: estimate(argon2), ratio: ratio(logins, argon2) });
  }
  return result;
}
