import { warmUp } from "./load/warm-up.js";
import type { BenchOptions } from "./options.js";
import type { CommandCounts, LastUse } from "./server/commands.js";
import { openMe, type Stage } from "./stage.js";

/** What authenticated requests asked of the database in steady state. */
export type ReadsResult = {
  requests: number;
  failed: number;
  users: number;
  seconds: number;
  /** How often a session's last use is written at most, in seconds. */
  lastUsedSeconds: number;
  /** Commands by their name and what they are about. */
  commands: Record<string, number>;
  /** Writes of when a session was last used, and how many of them were too early after the last one of their session. */
  lastUses: { writes: number; sessions: number; tooEarly: number };
  /** Other updates of users. */
  otherWrites: number;
};

const lastUsedSeconds = 10;

/** Counts by command monitoring what a leased server asks the database for so many requests over HTTP. */
export async function measureReads(stage: Stage, { requests, users, warm }: BenchOptions): Promise<ReadsResult> {
  const bearers = await stage.fill("reads", { stored: users, active: users, sessionsEach: 1 });
  const host = stage.startHost();
  const kind = { kind: "leased", monitored: true, lastUsedSeconds } as const;
  const client = await openMe(
    host,
    { ...kind, mongodbUri: stage.database.uri("reads"), secret: stage.secret },
    bearers,
  );
  await warmUp(client, { requests: 2 * users, seconds: warm });
  await host.ask("takeCommands", undefined);

  const beganMs = performance.now();
  const total = { requests: 0, failed: 0 };
  const seconds = () => (performance.now() - beganMs) / 1_000;
  // long enough for every session's last use to be written twice
  while (total.requests < requests || seconds() < 2 * lastUsedSeconds + 2) {
    const { answers, failed } = await client.run({ seconds: 1 });
    total.requests += answers;
    total.failed += failed;
    console.error(`${total.requests} of ${requests} requests`);
  }
  const took = seconds();
  const { counts, lastUses, otherWrites } = await host.ask("takeCommands", undefined);
  client.close();
  await host.end();
  return {
    ...total,
    users,
    seconds: took,
    lastUsedSeconds,
    commands: numbersOf(counts),
    lastUses: summaryOf(lastUses),
    otherWrites,
  };
}

const numbersOf = (counts: CommandCounts) =>
  Object.fromEntries(Object.entries(counts).map(([name, { count }]) => [name, count]));

function summaryOf(lastUses: readonly LastUse[]): ReadsResult["lastUses"] {
  const latest = new Map<string, number>();
  let tooEarly = 0;
  for (const { sessionId, usedAtMs } of lastUses) {
    if (usedAtMs - (latest.get(sessionId) ?? Number.NEGATIVE_INFINITY) < lastUsedSeconds * 1_000) tooEarly++;
    latest.set(sessionId, usedAtMs);
  }
  return { writes: lastUses.length, sessions: latest.size, tooEarly };
}
