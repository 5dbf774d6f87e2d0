import { startChild } from "../child.js";
import type { Stage } from "../stage.js";
import { median, quantile } from "../statistics.js";
import { ask, askAs } from "./ask.js";
import { nameOf } from "./cost.js";
import type { StrategyHost } from "./host.js";
import { guarded } from "./rates.js";
import type { Side } from "./sides.js";

/** One user after the other signed out at one instance, and asked for at another all the while. Times in milliseconds from the request on. */
export type Revocation = {
  /** What was asked for: the least that the strategy offers. */
  by: string;
  count: number;
  answered: { p50Ms: number; p99Ms: number };
  /** When the first request was sent that the second instance refused. */
  refusedElsewhere: { p50Ms: number; p99Ms: number };
  /** Requests that the second instance admitted although they were sent after the mutation had answered: 0, or the strategy is broken. */
  admittedAfter: number;
};

const endings = ["logout", "logoutEverywhere"] as const;

/** Null where nothing can be ended. */
export async function measureRevocation(
  stage: Stage,
  { title, settings, mode }: Side,
  count: number,
): Promise<Revocation | null> {
  const hosts = [startChild<StrategyHost>("compare/host.ts"), startChild<StrategyHost>("compare/host.ts")] as const;
  try {
    const open = { settings, mode, mongodbUri: stage.database.uri(`end-${nameOf(title)}`), secret: stage.secret };
    const here = await hosts[0].ask("open", open);
    const there = await hosts[1].ask("open", open);
    const users = await hosts[0].ask("signUp", { port: here, count: count + endings.length });
    const offered = await firstOffered(here, users.splice(0, endings.length));
    if (!offered) return null;

    const [answered, refused]: [number[], number[]] = [[], []];
    let admittedAfter = 0;
    for (const { accessToken } of users) {
      for (let seen = 0; seen < 2; seen++) await askAs(there, guarded, accessToken);
      const sentMs = performance.now();
      let answeredMs = Number.POSITIVE_INFINITY;
      const ending = askAs(here, mutation(offered), accessToken).then(() => {
        answeredMs = performance.now();
      });
      for (;;) {
        const askedMs = performance.now();
        const { status } = await ask(there, guarded, accessToken);
        if (status === 401) {
          refused.push(askedMs - sentMs);
          break;
        }
        if (status === 200 && askedMs > answeredMs) admittedAfter++;
      }
      await ending;
      answered.push(answeredMs - sentMs);
    }
    const spread = (values: number[]) => ({ p50Ms: median(values), p99Ms: quantile(values, 0.99) });
    return { by: offered, count, answered: spread(answered), refusedElsewhere: spread(refused), admittedAfter };
  } finally {
    await Promise.all(hosts.map((host) => host.end()));
  }
}

const mutation = (ending: string) => `mutation { ${ending} { revokedCount } }`;

async function firstOffered(port: number, users: { accessToken: string }[]) {
  for (const [index, ending] of endings.entries()) {
    const { status } = await ask(port, mutation(ending), users[index]!.accessToken);
    if (status === 200) return ending;
  }
  return null;
}
