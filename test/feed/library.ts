import { randomBytes } from "node:crypto";
import mongoose, { type Connection } from "mongoose";
import { inject, onTestFinished, vi } from "vitest";
import { login } from "../../src/accounts/login.js";
import { logoutEverywhere } from "../../src/accounts/logout-everywhere.js";
import { refresh } from "../../src/accounts/refresh.js";
import { signup } from "../../src/accounts/signup.js";
import type { Seams } from "../../src/assemble.js";
import type { Admitted } from "../../src/authenticate.js";
import { assembleMuster } from "../../src/muster.js";
import type { MusterOptions } from "../../src/options.js";
import { startProxy } from "../support/proxy.js";

/** One command that an instance sent. */
export type Sent = { command: string; collection: string };

/** An instance in this process, over connections that can be cut and held. */
export type Library = Awaited<ReturnType<typeof openLibrary>>;

export type Site = { mongodbUri: string; secret: string };

/** Where the instances of one test meet: a new database in the tests' replica set. */
export function newSite(): Site {
  const uri = new URL(inject("mongoUri"));
  uri.pathname = `/muster-feed-${randomBytes(6).toString("hex")}`;
  onTestFinished(async () => {
    const connection = await mongoose.createConnection(uri.href).asPromise();
    await connection.dropDatabase();
    await connection.close();
  });
  return { mongodbUri: uri.href, secret: randomBytes(32).toString("hex") };
}

const client = { ip: null, userAgent: null };
const password = "a long sentence for tests";

/** Opens an instance of a site, and closes it when the test has ended; it is fresh, where it can be. */
export async function openLibrary(
  { mongodbUri, secret }: Site,
  { seams = {}, ...options }: Partial<MusterOptions> & { seams?: Seams } = {},
) {
  const { port, pathname } = new URL(mongodbUri);
  const sent: Sent[] = [];
  const data = await openWay(Number(port), pathname, sent);
  const control = await openWay(Number(port), pathname, sent);
  const { muster, parts } = assembleMuster(
    {
      connection: data.connection,
      feedConnection: control.connection,
      secret,
      hashing: { memoryKiB: 64, timeCost: 1, parallelism: 1 },
      rateLimits: false,
      refreshGraceSeconds: 300,
      ...options,
    } as MusterOptions,
    seams,
  );
  onTestFinished(async () => {
    data.proxy.heal();
    control.proxy.heal();
    await muster.close();
    await data.close();
    await control.close();
  });
  await muster.ready();
  const untilFresh = () => vi.waitFor(() => isTrue(muster.status().freshForMs > 0), { timeout: 20_000, interval: 5 });
  if (muster.status().mode === "leased") await untilFresh();

  const look = async (token: string) => parts.authenticate.token(token);
  const admitted = async (token: string): Promise<Admitted> => {
    const outcome = await look(token);
    if (outcome.outcome !== "admit") throw outcome.error;
    return outcome;
  };
  return {
    muster,
    parts,
    /** The way of reads and of writes that end nothing. */
    data: data.proxy,
    /** The way of the feed and the revocations. */
    control: control.proxy,
    /** What was sent so far, by both. */
    sent,
    untilFresh,
    signUp: async (email = `${randomBytes(6).toString("hex")}@test.example`) => ({
      email,
      ...(await signup(parts, { email, password }, client)),
    }),
    login: (email: string) => login(parts, { email, password }, client),
    refresh: (token: string) => refresh(parts, token, client),
    logoutEverywhere: async (token: string) => logoutEverywhere(parts, await admitted(token)),
    admitted,
    /** `ok`, the reason of the refusal, or `unknown`. */
    async worth(token: string): Promise<string> {
      const outcome = await look(token);
      if (outcome.outcome === "admit") return "ok";
      return outcome.outcome === "unknown" ? "unknown" : outcome.error.reason;
    },
    /** Asks for this token until it is answered from memory. */
    async remember(token: string) {
      await vi.waitFor(() => isTrue(!(parts.authenticate.token(token) instanceof Promise)), {
        timeout: 20_000,
        interval: 5,
      });
    },
  };
}

function isTrue(value: boolean): void {
  if (!value) throw new Error("not yet");
}

async function openWay(port: number, pathname: string, sent: Sent[]) {
  const proxy = await startProxy({ to: port });
  const connection: Connection = await mongoose
    .createConnection(`mongodb://127.0.0.1:${proxy.port}${pathname}?directConnection=true`, {
      monitorCommands: true,
      serverSelectionTimeoutMS: 1_500,
      socketTimeoutMS: 2_500,
      autoIndex: false,
      bufferCommands: false,
    })
    .asPromise();
  connection.getClient().on("commandStarted", ({ commandName, command }) => {
    sent.push({ command: commandName, collection: String(command[commandName]) });
  });
  return {
    proxy,
    connection,
    async close() {
      await connection.close(true);
      await proxy.close();
    },
  };
}
