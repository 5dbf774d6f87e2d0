import { startBackground } from "./endings/background.js";
import { endMany, somebody } from "./endings/end-many.js";
import { type Ending, endings, type Field, type Person } from "./endings/end-once.js";
import { endWhileStopped } from "./endings/end-while-stopped.js";
import { addUp, type Ledger, newLedger, noteStrange, ticketOf } from "./endings/ledger.js";
import { type Metered, startMeter } from "./endings/meter.js";
import { withInstances } from "./instances.js";
import { createAsker } from "./load/asker.js";
import type { BenchOptions } from "./options.js";
import type { Stage } from "./stage.js";
import { type Times, timesOf } from "./times.js";
import { tokenSeconds } from "./users.js";

export type RevocationResult = {
  instances: number;
  leaseMs: number;
  /** All instances are well. */
  healthy: Times & Metered & { ledger: Ledger; byEnding: Record<Ending, Omit<Times, "curve">> };
  /** One of them is stopped when the mutation begins. */
  stopped: Times & { ledger: Ledger };
};

const instanceCount = 3;
/** So many that one is free whenever something is to be ended. */
const people = 100;

/** Ends sessions, one way after the other, over three server processes which all answer requests meanwhile. */
export async function measureRevocation(stage: Stage, options: BenchOptions): Promise<RevocationResult> {
  const { users, load, warm, endings: count, stops, "endings-a-second": perSecond } = options;
  const bearers = await stage.fill("revocation", { stored: users, active: users, sessionsEach: 1 });
  const deployment = {
    database: "revocation",
    count: instanceCount,
    settings: { accessTokenSeconds: tokenSeconds },
  };
  return withInstances(stage, deployment, async (instances, { leaseMs }) => {
    const askers = instances.map(({ port }) => createAsker(port));
    const bystanders = bearers.map(({ token }) => ticketOf(token));
    const free: Person[] = [];
    while (free.length < people) free.push(await somebody(askers[free.length % instanceCount]!));
    const stopped = new Set<number>();

    /** Does something while requests come in, and answers with what became of these. */
    const meanwhile = async <T>(requestsPerSecond: number, work: (field: Field) => Promise<T>) => {
      const field: Field = { askers, ledger: newLedger(), inUse: new Set() };
      const isStopped = (instance: number) => stopped.has(instance);
      const background = startBackground(field, { bystanders, perSecond: requestsPerSecond, isStopped });
      const result = await work(field).finally(() => background.end());
      return { result, ledger: field.ledger };
    };

    console.error("warm-up");
    const warmed = await meanwhile(load, (field) => endMany(field, free, { count: warm * perSecond, perSecond }));
    const healthy = await meanwhile(load, async (field) => {
      const meter = await startMeter(stage, instances, askers);
      const ended = await endMany(field, free, { count, perSecond });
      return { ended, metered: await meter() };
    });
    const stopping = await meanwhile(load / instanceCount, async (field) => {
      const tookMs: number[] = [];
      for (let turn = 0; turn < stops; turn++) {
        console.error(`an instance is stopped, ${turn + 1} of ${stops}`);
        const person = free[turn % people]!;
        await endWhileStopped(field, { instances, person, turn, stopped }).then(
          (ms) => tookMs.push(ms),
          (error: Error) => noteStrange(field.ledger, `an ending failed: ${error.message}`),
        );
      }
      return tookMs;
    });
    for (const asker of askers) asker.close();

    const { ended, metered } = healthy.result;
    const timesOfEnding = (ending: Ending) => {
      const { curve: _, ...times } = timesOf(
        ended.filter((each) => each.ending === ending).map(({ tookMs }) => tookMs),
      );
      return [ending, times];
    };
    return {
      instances: instanceCount,
      leaseMs,
      healthy: {
        ...timesOf(ended.map(({ tookMs }) => tookMs)),
        ...metered,
        ledger: addUp(warmed.ledger, healthy.ledger),
        byEnding: Object.fromEntries(endings.map(timesOfEnding)) as RevocationResult["healthy"]["byEnding"],
      },
      stopped: { ...timesOf(stopping.result), ledger: stopping.ledger },
    };
  });
}
