import mongoose, { type Connection } from "mongoose";
import { type CommandLog, noteCommands } from "./commands.js";

const noCommands = (): CommandLog => ({ counts: {}, lastUses: [], otherWrites: 0 });
const commands = noCommands();

/** Opens a connection whose commands are counted where it is `monitored`, which costs a little. */
export async function connect(uri: string, monitored: boolean): Promise<Connection> {
  const pool = { maxPoolSize: 50, autoIndex: false, bufferCommands: false };
  const connection = await mongoose.createConnection(uri, { ...pool, monitorCommands: monitored }).asPromise();
  if (monitored) noteCommands(connection, commands);
  return connection;
}

/** What any process with servers in it can be asked. */
export const meter = {
  /** Milliseconds of CPU that this process has used. */
  async cpuMs(_: undefined): Promise<number> {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },

  /** What was asked of the database since this was last called. */
  async takeCommands(_: undefined): Promise<CommandLog> {
    const taken = { ...commands };
    Object.assign(commands, noCommands());
    return taken;
  },
};
