import type { AddressInfo } from "node:net";
import { hash as argon2Hash, verify as argon2Verify } from "@node-rs/argon2";
import type { HasherOptions } from "../../src/passwords/hash.js";
import { built } from "../built.js";
import { answerParent } from "../child.js";
import { connect, meter } from "./meter.js";
import { type Kind, openVariant } from "./variants.js";

const { createHttp } = await built<typeof import("../../src/http/app.js")>("http/app.js");
const { createLog } = await built<typeof import("../../src/log.js")>("log.js");
const { defaultParameters } =
  await built<typeof import("../../src/passwords/parameters.js")>("passwords/parameters.js");

export type OpenOptions = {
  kind: Kind;
  mongodbUri: string;
  secret: string;
  hashing?: HasherOptions | undefined;
  lastUsedSeconds?: number | undefined;
  /** Counts what it asks the database, which costs a little. */
  monitored?: boolean;
};

// no line in the log for each request: what is compared weighs more without it
const log = createLog({ level: "warn" });
const http = { corsOrigins: [], authCookies: false, playground: false, trustProxy: false };

/** One server process with as many servers in it as are opened: the same process and the same code for all that is compared. */
const host = {
  ...meter,

  /** Opens a server and answers with its port. */
  async open({ mongodbUri, monitored = false, ...options }: OpenOptions): Promise<number> {
    const connection = await connect(mongodbUri, monitored);
    const feedConnection = monitored ? await connect(mongodbUri, monitored) : undefined;
    const served = await openVariant({ connection, feedConnection, ...options });
    const { app } = await createHttp({ muster: served, options: http, log });
    await app.listen({ host: "127.0.0.1", port: 0 });
    return (app.server.address() as AddressInfo).port;
  },

  /** Checks passwords and does nothing else: how many a second. */
  async argon2({ seconds, concurrency }: { seconds: number; concurrency: number }): Promise<number> {
    const { memoryKiB: memoryCost, timeCost, parallelism } = defaultParameters;
    const hash = await argon2Hash("correct horse battery staple", { memoryCost, timeCost, parallelism });
    const endsMs = performance.now() + seconds * 1_000;
    let checked = 0;
    const keepChecking = async () => {
      while (performance.now() < endsMs) {
        await argon2Verify(hash, "correct horse battery staple");
        if (performance.now() < endsMs) checked++;
      }
    };
    await Promise.all(Array.from({ length: concurrency }, keepChecking));
    return checked / seconds;
  },
};

export type Host = typeof host;

answerParent(host);
