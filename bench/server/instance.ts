import { setTimeout as delay } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Config } from "../../src/config.js";
import type { Observer } from "../../src/observe.js";
import type { RunningServer } from "../../src/server.js";
import { built } from "../built.js";
import { answerParent } from "../child.js";

const { createLog } = await built<typeof import("../../src/log.js")>("log.js");
const { startServer } = await built<typeof import("../../src/server.js")>("server.js");

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** What an instance waited for. */
export type Waited = {
  /** Endings that it waited for, in all so many milliseconds. */
  endings: number;
  ms: number;
  /** Those of them in which an instance said nothing until its lease had run out. */
  silent: number;
  /** Requests that were decided behind a barrier because memory was not fresh. */
  fellBack: number;
};

/** So cheap that what is measured is not the hash. */
const hashing = { memoryKiB: 64, timeCost: 1, parallelism: 1 };

let server: RunningServer;
const waited: Waited = { endings: 0, silent: 0, ms: 0, fellBack: 0 };
const observer: Observer = {
  ...{ refused() {}, unknown() {} },
  fellBack() {
    waited.fellBack++;
  },
  waited({ ms, silent }) {
    waited.endings++;
    waited.ms += ms;
    if (silent > 0) waited.silent++;
  },
};

/** One server process as it is shipped, but for the cheap hash. */
const instance = {
  async open(config: Config): Promise<{ url: string; port: number }> {
    server = await startServer(config, {
      log: createLog({ level: config.logLevel }),
      overrides: { hashing, observer },
    });
    await server.ready();
    return { url: server.url, port: server.port };
  },

  /** Resolves when it may answer from memory. */
  async untilFresh(): Promise<void> {
    while (server.muster.status().freshForMs === 0) await delay(5);
  },

  async waited(): Promise<Waited> {
    return waited;
  },

  async cpuMs(): Promise<number> {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },

  /** Bytes that JavaScript has in use when the garbage is gone, buffers included. */
  async bytesInUse(): Promise<number> {
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  },
};

export type InstanceProcess = typeof instance;

answerParent(instance);
