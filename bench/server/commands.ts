import mongoose, { type Connection } from "mongoose";

/** Commands of one name: how many, and the bytes of BSON that went and came. */
export type CommandCount = { count: number; bytesSent: number; bytesReceived: number };

/** By the name of the command and the collection it is about. */
export type CommandCounts = Record<string, CommandCount>;

/** A write of when a session was last used; the time that is written, in milliseconds since the epoch. */
export type LastUse = { sessionId: string; usedAtMs: number };

/** What connections have asked the database. */
export type CommandLog = {
  counts: CommandCounts;
  lastUses: LastUse[];
  /** Updates of users that are something else. */
  otherWrites: number;
};

type Update = { q: { sessions?: { $elemMatch?: { id?: string } } }; u: { $max?: Record<string, Date> } };

const sizeOf = (document: unknown) => mongoose.mongo.BSON.calculateObjectSize(document as mongoose.mongo.Document);

/** Notes what a connection asks the database (the driver's command monitoring; it must have been opened with `monitorCommands`). */
export function noteCommands(connection: Connection, log: CommandLog): void {
  const names = new Map<number, string>();
  // made anew where it is missing: somebody may take the counts between a command and its reply, and the driver takes what is thrown
  // here for a failure of the command
  const countOf = (name: string): CommandCount => {
    log.counts[name] ??= { count: 0, bytesSent: 0, bytesReceived: 0 };
    return log.counts[name];
  };
  const client = connection.getClient();
  client.on("commandStarted", ({ requestId, commandName, command }) => {
    const collection = commandName === "getMore" ? command.collection : command[commandName];
    const name = typeof collection === "string" ? `${commandName} ${collection}` : commandName;
    names.set(requestId, name);
    const count = countOf(name);
    count.count++;
    count.bytesSent += sizeOf(command);
    if (name !== "update users") return;
    const updates = command.updates as Update[];
    const lastUses = lastUsesIn(updates);
    log.lastUses.push(...lastUses);
    log.otherWrites += updates.length - lastUses.length;
  });
  client.on("commandSucceeded", ({ requestId, reply }) => {
    const name = names.get(requestId);
    names.delete(requestId);
    if (name !== undefined) countOf(name).bytesReceived += sizeOf(reply);
  });
}

function lastUsesIn(updates: readonly Update[]): LastUse[] {
  return updates.flatMap(({ q, u }) => {
    const sessionId = q.sessions?.$elemMatch?.id;
    const usedAt = u.$max?.["sessions.$.lastUsedAt"];
    return sessionId !== undefined && usedAt ? [{ sessionId, usedAtMs: usedAt.getTime() }] : [];
  });
}
