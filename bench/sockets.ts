// `npm run bench:sockets`: connections of one user over three server processes, and how long `logoutEverywhere` takes to cut them.
import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import WebSocket from "ws";
import { type Config, parseConfig } from "../src/config.js";
import { signUp } from "../src/testing/client.js";
import { openTestDatabase } from "../src/testing/database.js";

const { values } = parseArgs({
  options: {
    connections: { type: "string", default: "1000" },
    instances: { type: "string", default: "3" },
    rounds: { type: "string", default: "5" },
  },
});
const [connections, instances, rounds] = [values.connections, values.instances, values.rounds].map(Number) as [
  number,
  number,
  number,
];
const bystanders = Math.ceil(connections / 10);
const limitMs = 1_000;

const program = fileURLToPath(new URL("../test/support/server-child.mjs", import.meta.url));
const hashing = { memoryKiB: 64, timeCost: 1, parallelism: 1 };

type Server = { url: string; pid: number; end(): Promise<void> };

async function startServer(config: Config): Promise<Server> {
  const child = fork(program, { execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const exited = once(child, "exit");
  child.send({ start: { config, hashing, hasBarrier: false } });
  const [{ url }] = (await once(child, "message")) as [{ url: string }];
  while (!(await fetch(new URL("/health/ready", url))).ok) await delay(50);
  return {
    url,
    pid: child.pid as number,
    async end() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

type Client = { closed: Promise<{ atMs: number; code: number }>; isOpen(): boolean; messagesAt: number[] };

/** Opens a connection that listens to the news of its session, as an app would. */
async function open(url: string, token: string): Promise<Client> {
  const ws = new WebSocket(url.replace("http", "ws"), ["graphql-transport-ws"]);
  const messagesAt: number[] = [];
  const closed = new Promise<{ atMs: number; code: number }>((resolve) => {
    ws.on("close", (code) => resolve({ atMs: performance.now(), code }));
  });
  await once(ws, "open");
  ws.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${token}` } }));
  await once(ws, "message");
  ws.on("message", () => messagesAt.push(performance.now()));
  const query = "subscription { sessionEnded { reason } }";
  ws.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query } }));
  return { closed, isOpen: () => ws.readyState === WebSocket.OPEN, messagesAt };
}

async function openMany(count: number, servers: readonly Server[], token: string): Promise<Client[]> {
  const clients: Client[] = [];
  const batch = 50;
  for (let from = 0; from < count; from += batch) {
    const some = Array.from({ length: Math.min(batch, count - from) }, (_, index) =>
      open(servers[(from + index) % servers.length]!.url, token),
    );
    clients.push(...(await Promise.all(some)));
  }
  return clients;
}

/** Resident memory in KiB; 0 where the system does not tell. */
function residentKiB({ pid }: Server): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

const quantile = (sorted: readonly number[], of: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * of))] ?? 0;
const ms = (value: number) => `${value.toFixed(1)} ms`;

const database = await openTestDatabase();
const config: Config = {
  ...parseConfig({ PORT: "0", LOG_LEVEL: "error", RATE_LIMITS: "off", PLAYGROUND: "off" }),
  jwtSecret: randomBytes(32).toString("hex"),
  socketsPerSession: connections,
  socketsPerUser: connections,
  mongodbUri: database.uri,
};
const servers = await Promise.all(Array.from({ length: instances }, () => startServer(config)));
try {
  console.log(`${connections} connections of one user and ${bystanders} of another over ${instances} servers\n`);
  const bystander = await signUp(servers[0]!.url);
  const others = await openMany(bystanders, servers, bystander.accessToken);
  const cuts: number[] = [];
  let failures = 0;

  for (let round = 0; round < rounds; round++) {
    const user = await signUp(servers[0]!.url);
    await delay(1_000);
    const before = servers.map(residentKiB);
    const clients = await openMany(connections, servers, user.accessToken);
    await delay(1_000);
    const perSocket =
      servers.reduce((sum, server, index) => sum + residentKiB(server) - before[index]!, 0) / connections;

    const beganMs = performance.now();
    await user.logoutEverywhere();
    const returnedMs = performance.now();
    const ended = await Promise.all(clients.map(({ closed }) => closed));
    const took = ended.map(({ atMs }) => atMs - beganMs).sort((a, b) => a - b);
    cuts.push(...took);
    const wrong = ended.filter(({ code }) => code !== 4401).length;
    const untold = clients.filter(({ messagesAt }) => messagesAt.length !== 1).length;
    const dead = others.filter(({ isOpen }) => !isOpen()).length;
    failures += wrong + untold + dead + took.filter((each) => each > limitMs).length;
    console.log(
      [
        `round ${round + 1}`,
        `mutation ${ms(returnedMs - beganMs)}`,
        `closed p50 ${ms(quantile(took, 0.5))}, p99 ${ms(quantile(took, 0.99))}, last ${ms(took.at(-1)!)}`,
        `with another code ${wrong}, untold ${untold}, bystanders cut ${dead}`,
        `${perSocket.toFixed(1)} KiB a socket`,
      ].join("; "),
    );
  }
  cuts.sort((a, b) => a - b);
  console.log(
    `\nall rounds: p50 ${ms(quantile(cuts, 0.5))}, p99 ${ms(quantile(cuts, 0.99))}, last ${ms(cuts.at(-1)!)}`,
  );
  console.log(failures === 0 ? `all within ${limitMs} ms` : `FAILED: ${failures}`);
  process.exitCode = failures === 0 ? 0 : 1;
} finally {
  await Promise.all(servers.map((server) => server.end()));
  await database.close();
}
// clients of the last round may still be closing
process.exit();
