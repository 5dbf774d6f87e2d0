import type { AddressInfo } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { makeExecutableSchema } from "@graphql-tools/schema";
import type { Credentials } from "../../src/accounts/credentials.js";
import type { AuthStateMode } from "../../src/auth-state/leases.js";
import type { Config } from "../../src/config.js";
import type { Parts } from "../../src/parts.js";
import { built } from "../built.js";
import { answerParent } from "../child.js";
import { connect, meter } from "../server/meter.js";

const { assembleMuster } = await built<typeof import("../../src/muster.js")>("muster.js");
const { parseConfig } = await built<typeof import("../../src/config.js")>("config.js");
const { createHttp } = await built<typeof import("../../src/http/app.js")>("http/app.js");
const { createLog } = await built<typeof import("../../src/log.js")>("log.js");
const { MusterError } = await built<typeof import("../../src/errors.js")>("errors.js");
const { signup } = await built<typeof import("../../src/accounts/signup.js")>("accounts/signup.js");

export type OpenStrategy = {
  /** Null: the guarded field is `@public`, and no token is looked at. */
  settings: Partial<Config> | null;
  mode: AuthStateMode;
  mongodbUri: string;
  secret: string;
  /** Counts what it asks the database, which costs a little. */
  monitored?: boolean;
  /** As the setting; on a busy machine a beat may be late, and then memory is not asked. */
  leaseMs?: number;
};

/** Someone who has signed up. */
export type SignedUp = { id: string; sessionId: string; accessToken: string };

const log = createLog({ level: "silent" });
const opened = new Map<number, { parts: Parts }>();
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** What is compared differs in nothing but the guard of this field. */
const typeDefs = (guard: string) => `extend type Query { guarded: Boolean! ${guard} }`;

/** A process with as many servers in it as are opened. */
const host = {
  ...meter,

  /** Opens a server, waits until it is fresh, and answers with its port. */
  async open({ settings, mode, mongodbUri, secret, monitored = false, leaseMs }: OpenStrategy): Promise<number> {
    const config = parseConfig({ RATE_LIMITS: "off", PLAYGROUND: "off", LOG_LEVEL: "silent" });
    const { muster, parts } = assembleMuster({
      ...config,
      ...settings,
      ...(leaseMs !== undefined && { leaseMs }),
      secret,
      authStateMode: mode,
      // a token must outlive the run
      accessTokenSeconds: 86_400,
      connection: await connect(mongodbUri, monitored),
      feedConnection: await connect(mongodbUri, monitored),
      hashing: { memoryKiB: 64, timeCost: 1, parallelism: 1 },
    });
    await becomeReady(muster);
    while (mode === "leased" && muster.status().freshForMs <= 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const schema = muster.protectSchema(
      makeExecutableSchema({
        typeDefs: [muster.typeDefs, typeDefs(settings ? "@authenticated" : "@public")],
        resolvers: [muster.resolvers, { Query: { guarded: () => true } }],
      }),
    );
    const { app } = await createHttp({ muster: { ...muster, schema }, options: config, log });
    await app.listen({ host: "127.0.0.1", port: 0 });
    const { port } = app.server.address() as AddressInfo;
    opened.set(port, { parts });
    return port;
  },

  /** What the server of this port says that it can end. */
  async canEnd({ port }: { port: number }): Promise<readonly string[]> {
    return opened.get(port)!.parts.strategy.capabilities;
  },

  /** Makes accounts at the server of this port. */
  async signUp({ port, count, from = 0 }: { port: number; count: number; from?: number }): Promise<SignedUp[]> {
    const { parts } = opened.get(port)!;
    const made: SignedUp[] = [];
    for (let first = 0; first < count; first += signUpsAtOnce) {
      const batch = Array.from({ length: Math.min(signUpsAtOnce, count - first) }, (_, index) =>
        signUpAs(parts, `user-${port}-${from + first + index}`),
      );
      for (const { user, session, accessToken } of await Promise.all(batch))
        made.push({ id: String(user._id), sessionId: session.id, accessToken });
    }
    return made;
  },

  /** Has the server of this port look at users, so that it remembers them if it does. */
  async remember({ port, ids }: { port: number; ids: string[] }): Promise<void> {
    const { parts } = opened.get(port)!;
    const sources = parts.leases.sources();
    const waiting = ids.values();
    const look = async () => {
      for (const id of waiting) {
        for (const source of sources.slice(0, -1)) if (await source(id, "")) break;
      }
    };
    await Promise.all(Array.from({ length: 32 }, look));
  },

  /** What this process holds in memory, in bytes, once what nobody needs is gone. */
  async heldBytes(_: undefined): Promise<number> {
    // what a finalizer frees is gone at the next one
    for (let round = 0; round < 3; round++) {
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  },
};

const signUpsAtOnce = 8;
const mostTries = 5;

/** What a busy machine answers 503 is tried again: signing up is not what is measured. */
async function signUpAs(parts: Parts, name: string, tries = 0): Promise<Credentials> {
  const input = { email: `${name}.${tries}@example.org`, password: "correct horse battery staple" };
  try {
    return await signup(parts, input, { ip: null, userAgent: null });
  } catch (error) {
    if (tries === mostTries || !(error instanceof MusterError) || error.reason !== "STORE_UNREACHABLE") throw error;
    return signUpAs(parts, name, tries + 1);
  }
}

export type StrategyHost = typeof host;

answerParent(host);

/** As a server does it: what could not be had at once, on a busy machine a full list in Redis, is tried again. */
async function becomeReady({ ready }: { ready(): Promise<void> }, attempts = 5): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ready();
    } catch (error) {
      if (attempt === attempts) throw error;
    }
  }
}
