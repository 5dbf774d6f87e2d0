// One server in a process of its own, run by `server-process.ts`, which sends it what to start with and ends it.
import { createLog } from "../../dist/log.js";
import { startServer } from "../../dist/server.js";

const held = new Map();
let count = 0;

/** Asks the parent, whose barrier it is, and goes on when it says so. */
function pass(place) {
  return new Promise((go) => {
    held.set(++count, go);
    process.send({ pass: place, id: count });
  });
}

function seams() {
  return {
    beforeWrite: pass,
    hasher: (hasher) => ({
      ...hasher,
      hash: (password) => pass("hash").then(() => hasher.hash(password)),
      verify: (hash, password) => pass("verify").then(() => hasher.verify(hash, password)),
    }),
  };
}

const clocks = { aheadMs: 0, stoppedMs: 0, stoppedAtMs: null };

/** From now on this process has other clocks than the system: one that may be set, and one that may stand still. */
function takeClocks() {
  const SystemDate = Date;
  const now = () => SystemDate.now() + clocks.aheadMs;
  globalThis.Date = class MovedDate extends SystemDate {
    constructor(...given) {
      super(...(given.length === 0 ? [now()] : given));
    }
    static now = now;
    /** Those that were made before the clock was taken are dates as well. */
    static [Symbol.hasInstance](value) {
      return value instanceof SystemDate;
    }
  };
  const monotonicMs = performance.now.bind(performance);
  performance.now = () => (clocks.stoppedAtMs ?? monotonicMs()) - clocks.stoppedMs;
  return function set({ aheadMs = clocks.aheadMs, stopped }) {
    clocks.aheadMs = aheadMs;
    if (stopped === true) clocks.stoppedAtMs ??= monotonicMs();
    if (stopped === false && clocks.stoppedAtMs !== null) {
      clocks.stoppedMs += monotonicMs() - clocks.stoppedAtMs;
      clocks.stoppedAtMs = null;
    }
  };
}

let setClock;

process.on("message", async ({ go, start, clock, id }) => {
  if (clock !== undefined) {
    setClock ??= takeClocks();
    setClock(clock);
    process.send({ done: id });
    return;
  }
  if (go !== undefined) {
    held.get(go)();
    held.delete(go);
    return;
  }
  const { config, hashing, hasBarrier, sabotage } = start;
  // standard output is the parent's; what goes wrong shows there
  const log = createLog({ level: config.logLevel });
  const server = await startServer(config, {
    log,
    overrides: { hashing },
    seams: { ...(hasBarrier && seams()), ...(sabotage && { sabotage }) },
  });
  process.on("SIGTERM", () => server.close().finally(() => process.exit(0)));
  await server.ready();
  process.send({ url: server.url });
});

// the parent is gone, however it went
process.on("disconnect", () => process.exit(0));
