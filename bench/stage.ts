import { randomBytes } from "node:crypto";
import { hash } from "@node-rs/argon2";
import mongoose from "mongoose";
import { createKeys } from "../src/tokens/keys.js";
import { type Child, startChild } from "./child.js";
import { type Client, openClient } from "./load/client.js";
import { requestBytes } from "./load/request.js";
import { type Cores, chooseCores, describeMachine, type Machine, pin } from "./machine.js";
import { type Database, startDatabase } from "./mongod.js";
import type { Host, OpenOptions } from "./server/host.js";
import { type Bearer, type Population, populate } from "./users.js";

/** What all users of a run have for a password. */
export const password = "correct horse battery staple";

export const meQuery = "{ me { id email } }";

/** A database, cores chosen, and processes to measure. */
export type Stage = {
  machine: Machine;
  cores: Cores;
  database: Database;
  secret: string;
  /** Fills a database of this name. */
  fill(name: string, population: Population): Promise<Bearer[]>;
  /** A process for servers, on the server's core unless it is given all. */
  startHost(options?: { allCores?: boolean }): Child<Host>;
  /** Ends the database and every process that was started. */
  close(): Promise<void>;
};

const tell = (line: string) => console.error(line);

/**
 * Builds the stage.
 *
 * @param ownCore the server has a core to itself: this process, which sends the load, and the database share the others. Else all share all
 */
export async function buildStage({ members, ownCore }: { members: number; ownCore: boolean }): Promise<Stage> {
  const cores = await chooseCores();
  const database = await startDatabase(members);
  const machine = describeMachine(database);
  if (ownCore && !cores) tell("Processes can't be pinned to cores here: the server shares its own with the load.");
  const all = cores && `${cores.server},${cores.rest}`;
  if (cores && all) {
    const these = ownCore ? cores.rest : all;
    await Promise.all([process.pid, ...database.pids].map((pid) => pin(pid, these)));
  }
  const secret = randomBytes(32).toString("hex");
  const keys = createKeys({ secret });
  const passwordHash = await hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  const hosts: Child<Host>[] = [];
  return {
    machine,
    cores,
    database,
    secret,
    async fill(name, population) {
      const connection = await mongoose.createConnection(database.uri(name)).asPromise();
      const bearers = await populate(connection, population, { keys, passwordHash }, (count) => {
        if (count % 100_000 === 0) tell(`${count} users stored in ${name}`);
      });
      await connection.close(true);
      return bearers;
    },
    startHost({ allCores = false } = {}) {
      const host = startChild<Host>("server/host.ts", (allCores ? all : cores?.server) ?? undefined);
      hosts.push(host);
      return host;
    },
    async close() {
      await Promise.all(hosts.map((host) => host.end()));
      await database.stop();
    },
  };
}

/** Opens a server in a host, and a client that asks it `me` as these users in turn; without a token where there are none. */
export async function openMe(
  host: Child<Host>,
  options: OpenOptions,
  bearers: readonly Bearer[],
  connections?: number,
): Promise<Client> {
  const port = await host.ask("open", options);
  const tokens = options.kind === "public" ? [undefined] : bearers.map(({ token }) => token);
  const requests = tokens.map((token) => requestBytes({ query: meQuery }, token));
  await checkAnswer(port, options.kind, bearers[0]!);
  const start = Buffer.from('{"data":{"me":{"id":"');
  return openClient({ port, requests, connections, isGood: (body) => body.subarray(0, start.length).equals(start) });
}

/** A fast answer that is wrong is worth nothing. */
async function checkAnswer(port: number, kind: string, { id, email, token }: Bearer): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(kind !== "public" && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query: meQuery }),
  });
  const text = await response.text();
  const { me } = (JSON.parse(text) as { data?: { me?: { id: string; email: string } } }).data ?? {};
  const isRight = kind === "public" ? me !== undefined : me?.id === id && me.email === email;
  if (!isRight && !(kind === "stateless" && me?.id === id))
    throw new Error(`${kind} answered ${response.status}: ${text}`);
}
