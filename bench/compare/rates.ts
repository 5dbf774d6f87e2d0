import { startChild } from "../child.js";
import { interleave, type Contestant as Runner } from "../interleave.js";
import { openClient } from "../load/client.js";
import { requestBytes } from "../load/request.js";
import type { Stage } from "../stage.js";
import { type Estimate, estimate, median, ratio } from "../statistics.js";
import type { StrategyHost } from "./host.js";
import type { CompareOptions } from "./options.js";
import type { Side } from "./sides.js";

/** Requests for a guarded field, one server after the other in short rounds. */
export type Rates = {
  perSecond: Estimate;
  /** Beside the same server whose field is for everybody. */
  besidePublic: Estimate;
  /** CPU of the server for one request, in microseconds. */
  cpuMicros: number;
  /** What the strategy says that it can end. */
  canEnd: readonly string[];
};

export const guarded = "{ guarded }";
const isGood = (body: Buffer) => body.subarray(0, start.length).equals(start);
const start = Buffer.from('{"data":{"guarded":true}');
const publicName = "public";

/** All in one process on one core, in turn, so that whatever else happens on the machine meets all of them. */
export async function measureRates(
  stage: Stage,
  sides: readonly Side[],
  { rounds, seconds, warm, users }: CompareOptions,
): Promise<{ publicPerSecond: Estimate; rates: Record<string, Rates> }> {
  const host = startChild<StrategyHost>("compare/host.ts", stage.cores?.server);
  try {
    const opened: { name: string; port: number; requests: Buffer[] }[] = [];
    const canEnd = new Map<string, readonly string[]>();
    const add = async (name: string, settings: Side["settings"] | null, mode: Side["mode"]) => {
      const mongodbUri = stage.database.uri(`rates-${opened.length}`);
      const port = await host.ask("open", { settings, mode, mongodbUri, secret: stage.secret });
      canEnd.set(name, await host.ask("canEnd", { port }));
      const tokens = settings
        ? (await host.ask("signUp", { port, count: users })).map(({ accessToken }) => accessToken)
        : [undefined];
      opened.push({ name, port, requests: tokens.map((token) => requestBytes({ query: guarded }, token)) });
    };
    await add(publicName, null, "leased");
    for (const { title, settings, mode } of sides) await add(title, settings, mode);
    const runners: Runner<string>[] = [];
    for (const { name, port, requests } of opened) {
      const client = await openClient({ port, requests, isGood });
      // a server closes connections on which nothing is asked
      await client.run({ seconds: 0.1 });
      runners.push({ name, client });
    }

    const cpuMs = () => host.ask("cpuMs", undefined);
    await interleave(runners, { rounds: warm, seconds: 1, cpuMs, tells: "warm-up" });
    const measured = await interleave(runners, { rounds, seconds, cpuMs, tells: "round" });
    for (const { client } of runners) client.close();

    const ratesOf = (name: string) => measured[name]!.map(({ perSecond }) => perSecond);
    const rates = sides.map(({ title }) => {
      const cpuMicros = median(measured[title]!.map((round) => round.cpuMicros));
      const besidePublic = ratio(ratesOf(title), ratesOf(publicName));
      const found = { perSecond: estimate(ratesOf(title)), besidePublic, cpuMicros, canEnd: canEnd.get(title)! };
      return [title, found] as const;
    });
    return { publicPerSecond: estimate(ratesOf(publicName)), rates: Object.fromEntries(rates) };
  } finally {
    await host.end();
  }
}
