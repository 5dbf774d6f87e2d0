import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { findMongod } from "../../../src/embedded/find-mongod.js";
import { findPort } from "../../../src/embedded/port.js";
import { startProxy, type TcpProxy } from "../../support/proxy.js";
import { createMember, type Member } from "./member.js";

/** A member, and the proxy that is the only way to it: other members come by it, and clients. */
export type Reached = Member & { proxy: TcpProxy };

/** Three mongods on loopback, each behind a proxy that knows who comes. */
export type ReplicaSet = {
  version: string;
  members: readonly Reached[];
  /** For a client that comes from this address of loopback, which is the name that proxies know it by. */
  uriFor(address: string): string;
  /** Past the proxies, for looking on. */
  directUri(): Promise<string>;
  /** The member that takes majority writes. Waits for one. @throws Error where there is none within 60 s */
  primary(): Promise<Reached>;
  /** The number of its newest election. */
  term(): Promise<number>;
  /** Takes all ways between this member and everybody else: nothing comes in, and it reaches no member. Nothing tells it so. */
  isolate(member: Reached): void;
  /** Takes the ways between this member and the others alone; clients still reach it. */
  isolateFromMembers(member: Reached): void;
  /** Takes the ways of a client to these members, to all when left out. */
  cutOff(address: string, members?: readonly Reached[]): void;
  /** Resolves when there is a primary with two secondaries. */
  becomesWhole(): Promise<void>;
  /** Makes the primary fail commands of the servers; null: no more. The fields are those of mongod's `failCommand`. */
  failCommands(data: Record<string, unknown> | null, mode?: "alwaysOn" | { times: number }): Promise<void>;
  /** Every way is open again, every process runs, every failpoint is off, and there is a primary with two secondaries. */
  heal(): Promise<void>;
  end(): Promise<void>;
};

const name = "faults";
const database = "muster";
/** What servers call themselves. */
const appName = "muster";
const electionTimeoutMillis = 2_000;
const patienceMs = 60_000;

/** Starts a replica set. Runs where a process may take any address of 127.0.0.0/8 for its own: on Linux. @param args for each mongod */
export async function startReplicaSet({ args = [] }: { args?: readonly string[] } = {}): Promise<ReplicaSet> {
  const mongod = await findMongod();
  const folder = await mkdtemp(join(tmpdir(), "muster-faults-"));
  const members: Reached[] = [];
  /** A mongod that runs with test commands says in its first request on which port it listens itself. */
  const nameOf = (address: string | undefined, first: Buffer) => {
    if (address !== "127.0.0.1") return address;
    const [, port] = /hostInfo\0.{4}[^\0]*:(\d+)\0/s.exec(first.toString("latin1")) ?? [];
    return members.find((member) => String(member.port) === port)?.name;
  };
  const others = (member: Reached) => members.filter((each) => each !== member);
  const ask = (member: Member, command: Record<string, unknown>) => member.command(command).catch(() => null);
  const end = async () => {
    for (const member of members.filter((each) => each.isRunning())) await member.end();
    for (const { proxy } of members) await proxy.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  };

  try {
    for (const index of [0, 1, 2]) {
      const port = await findPort();
      const dbPath = join(folder, `m${index}`);
      await mkdir(dbPath);
      const member = createMember({ name: `m${index}`, mongod, dbPath, port, replicaSet: name, args });
      members.push({ ...member, proxy: await startProxy({ to: port, nameOf }) });
      await member.start();
    }
    const config = members.map(({ proxy }, _id) => ({ _id, host: `127.0.0.1:${proxy.port}` }));
    const settings = { electionTimeoutMillis, heartbeatTimeoutSecs: 2 };
    await members[0]!.command({ replSetInitiate: { _id: name, members: config, settings } });
  } catch (error) {
    await end();
    throw error;
  }

  async function findPrimary(): Promise<Reached | undefined> {
    const states = await Promise.all(
      members.map(async (member) => ({ member, state: member.isRunning() ? await ask(member, { hello: 1 }) : null })),
    );
    // one that was deposed may not know it yet: the newest election counts
    const primaries = states.filter(({ state }) => state?.isWritablePrimary === true);
    const electionOf = (state: Record<string, unknown> | null) => String(state?.electionId);
    return primaries.sort((a, b) => (electionOf(a.state) < electionOf(b.state) ? 1 : -1))[0]?.member;
  }

  async function primary(): Promise<Reached> {
    for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await delay(50)) {
      const found = await findPrimary();
      if (found) return found;
    }
    throw new Error("The replica set has no primary.");
  }

  async function term(): Promise<number> {
    const status = await (await primary()).command({ replSetGetStatus: 1 });
    return Number(status.term);
  }

  async function isWhole(): Promise<boolean> {
    const found = await findPrimary();
    const status = found && (await ask(found, { replSetGetStatus: 1 }));
    const states = ((status?.members ?? []) as { stateStr: string }[]).map(({ stateStr }) => stateStr);
    return states.sort().join() === "PRIMARY,SECONDARY,SECONDARY";
  }

  async function becomesWhole(): Promise<void> {
    for (const deadline = Date.now() + patienceMs; !(await isWhole()); await delay(100))
      if (Date.now() > deadline) throw new Error("The replica set did not become whole again.");
  }

  async function heal(): Promise<void> {
    for (const member of members) {
      member.proxy.heal();
      if (member.isRunning()) member.signal("SIGCONT");
      else await member.start();
    }
    await failNothing();
    await becomesWhole();
  }

  /** On every member: another one may lead than when something was made to fail. */
  async function failNothing(): Promise<void> {
    for (const member of members.filter((each) => each.isRunning()))
      await member.command({ configureFailPoint: "failCommand", mode: "off" });
  }

  await heal();
  return {
    version: mongod.version,
    members,
    uriFor: (address) => {
      const hosts = members.map(({ proxy }) => `127.0.0.1:${proxy.port}`).join();
      return `mongodb://${hosts}/${database}?replicaSet=${name}&localAddress=${address}`;
    },
    directUri: async () => `mongodb://127.0.0.1:${(await primary()).port}/${database}?directConnection=true`,
    primary,
    term,
    isolate(member) {
      member.proxy.hang();
      for (const other of others(member)) other.proxy.hang(member.name);
    },
    isolateFromMembers(member) {
      for (const other of others(member)) {
        other.proxy.hang(member.name);
        member.proxy.hang(other.name);
      }
    },
    cutOff(address, from = members) {
      for (const { proxy } of from) proxy.hang(address);
    },
    becomesWhole,
    async failCommands(data, mode = "alwaysOn") {
      if (!data) return failNothing();
      await (await primary()).command({ configureFailPoint: "failCommand", mode, data: { ...data, appName } });
    },
    heal,
    end,
  };
}
