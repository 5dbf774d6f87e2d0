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

process.on("message", async ({ go, start }) => {
  if (go !== undefined) {
    held.get(go)();
    held.delete(go);
    return;
  }
  const { config, hashing, hasBarrier } = start;
  // standard output is the parent's; what goes wrong shows there
  const log = createLog({ level: config.logLevel });
  const server = await startServer(config, { log, overrides: { hashing }, ...(hasBarrier && { seams: seams() }) });
  await server.ready();
  process.send({ url: server.url });
});

// the parent is gone, however it went
process.on("disconnect", () => process.exit(0));
