import mongoose, { type Connection } from "mongoose";

/** Commands of one name: how many, and the bytes of BSON that went and came. */
export type CommandCount = { count: number; bytesSent: number; bytesReceived: number };

/** By the name of the command and the collection it is about. */
export type CommandCounts = Record<string, CommandCount>;

const sizeOf = (document: unknown) => mongoose.mongo.BSON.calculateObjectSize(document as mongoose.mongo.Document);

/** Counts what a connection asks the database (the driver's command monitoring; it must have been opened with `monitorCommands`). */
export function countCommands(connection: Connection, counts: CommandCounts): void {
  const names = new Map<number, string>();
  const client = connection.getClient();
  client.on("commandStarted", ({ requestId, commandName, command }) => {
    const collection = commandName === "getMore" ? command.collection : command[commandName];
    const name = typeof collection === "string" ? `${commandName} ${collection}` : commandName;
    names.set(requestId, name);
    counts[name] ??= { count: 0, bytesSent: 0, bytesReceived: 0 };
    counts[name].count++;
    counts[name].bytesSent += sizeOf(command);
  });
  client.on("commandSucceeded", ({ requestId, reply }) => {
    const name = names.get(requestId);
    names.delete(requestId);
    if (name !== undefined) counts[name]!.bytesReceived += sizeOf(reply);
  });
}
