import { setTimeout as delay } from "node:timers/promises";
import { warmUp } from "./load/warm-up.js";
import type { CommandCounts } from "./server/commands.js";
import { openMe, type Stage } from "./stage.js";
import type { Bearer } from "./users.js";

/** What requests ask of the database, per request, and what an instance asks when nothing happens, per second. */
export type CostFigures = {
  requests: number;
  /** Commands about users, and their bytes of BSON, both ways. */
  commandsPerRequest: number;
  bytesPerRequest: number;
  /** Those of the commands that read. */
  readsPerRequest: number;
  /** The beats and the change stream. */
  idleCommandsPerSecond: number;
  idleBytesPerSecond: number;
};

export type CostResult = Record<"leased" | "read-through", CostFigures>;

const idleSeconds = 5;
const requestSeconds = 5;

/** Counts by command monitoring, in a process of its own, because to count costs something. */
export async function measureCost(stage: Stage, bearers: readonly Bearer[]): Promise<CostResult> {
  const result = {} as CostResult;
  for (const kind of ["leased", "read-through"] as const) {
    const host = stage.startHost();
    const open = { kind, mongodbUri: stage.database.uri("me"), secret: stage.secret, monitored: true };
    const client = await openMe(host, open, bearers);
    await warmUp(client, { requests: 2 * bearers.length });
    await host.ask("takeCommands", undefined);
    await delay(idleSeconds * 1_000);
    const { counts: idle } = await host.ask("takeCommands", undefined);
    const { answers } = await client.run({ seconds: requestSeconds });
    const { counts: busy } = await host.ask("takeCommands", undefined);
    client.close();
    await host.end();
    const about = (counts: CommandCounts, isAbout: (name: string) => boolean) => {
      const found = Object.entries(counts).filter(([name]) => isAbout(name));
      return {
        commands: found.reduce((sum, [, { count }]) => sum + count, 0),
        bytes: found.reduce((sum, [, { bytesSent, bytesReceived }]) => sum + bytesSent + bytesReceived, 0),
      };
    };
    const reads = about(busy, (name) => name === "find users" || name === "aggregate users");
    const ofUsers = about(busy, (name) => name.endsWith(" users"));
    const ofIdle = about(idle, () => true);
    result[kind] = {
      requests: answers,
      commandsPerRequest: ofUsers.commands / answers,
      bytesPerRequest: ofUsers.bytes / answers,
      readsPerRequest: reads.commands / answers,
      idleCommandsPerSecond: ofIdle.commands / idleSeconds,
      idleBytesPerSecond: ofIdle.bytes / idleSeconds,
    };
  }
  return result;
}
