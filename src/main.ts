import { announce } from "./announce.js";
import { loadConfig, loadMachine } from "./config.js";
import { explain } from "./explain.js";
import { createLog, type Log } from "./log.js";
import type { Started } from "./start.js";

/** Longer than draining the server and ending the database take, shorter than most supervisors wait before they kill. */
const drainMs = 20_000;

/** npm's shell, where npm started this, and how often is looked whether it is still there, in milliseconds. */
const shell = process.ppid;
const shellMs = 500;

try {
  const config = loadConfig();
  const log = createLog({ level: config.logLevel });
  // wrong settings are told before a server's worth of modules is read
  const { start } = await import("./start.js");
  const started = await start({ config, log, onProgress: tell });
  const { url, database, mode, strategy, keys } = started;
  log.info({ url, database, mode, strategy, keys }, "listening");
  // beside the log, which a machine reads
  if (!config.production) tell(announce(started));
  endOnSignal(started, log);
} catch (error) {
  for (const line of explain(error)) tell(`muster: ${line}`);
  process.exit(1);
}

function tell(text: string) {
  process.stderr.write(`${text}\n`);
}

/** A second signal changes nothing: npm passes on the Ctrl-C that the terminal has sent to everybody already. */
function endOnSignal(started: Started, log: Log) {
  let ending = false;
  const end = async (signal: NodeJS.Signals) => {
    if (ending) return;
    ending = true;
    log.info({ signal }, "ending");
    setTimeout(() => {
      log.error({ drainMs }, "gave up waiting for open requests");
      process.exit(1);
    }, drainMs);
    await started.close();
    log.info({}, "ended");
    process.exit(0);
  };
  const endInOrder = (signal: NodeJS.Signals) => {
    end(signal).catch((error) => {
      log.error({ err: error }, "did not end cleanly");
      process.exit(1);
    });
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, endInOrder);
  if (loadMachine().isRunByNpm) whenShellIsGone(() => endInOrder("SIGTERM"));
}

/** npm passes a signal on to its shell alone, which ends by it and leaves the server behind. */
function whenShellIsGone(act: () => void) {
  setInterval(() => {
    if (process.ppid !== shell) act();
  }, shellMs).unref();
}
