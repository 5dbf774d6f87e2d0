// `npm run soak`: everything that can break, at random, for as long as is asked for.
import { describeMachine, machineLine } from "../../bench/machine.js";
import { putInto } from "../../bench/report/record.js";
import { openSite } from "../faults/rig/site.js";
import { help, parseOptions, type SoakOptions } from "./options.js";
import { describe } from "./report.js";
import { soak } from "./run.js";

const page = new URL("../../docs/soak.md", import.meta.url);
const startedAt = performance.now();
const tell = (line: string) =>
  console.error(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(5)} s  ${line}`);

async function run({ minutes, seed, record }: SoakOptions): Promise<void> {
  const stop = new AbortController();
  process.on("SIGINT", () => {
    if (stop.signal.aborted) process.exit(130);
    tell("ending; once more to end at once");
    stop.abort();
  });
  tell(`seed ${seed}, ${minutes} minutes; starting three members and three servers`);
  const site = await openSite();
  try {
    const machine = describeMachine({ version: site.set.version, members: site.set.members.length });
    const soaked = await soak({ site, minutes, seed, signal: stop.signal, tell });
    const line = machineLine(machine);
    const text = `${line}.\n\n${describe(soaked, seed)}`;
    console.log(text);
    for (const { kind, says } of soaked.faults) console.error(`${kind}: ${says}`);
    if (record) await putInto(page, "soak", text);
    if (soaked.faults.length > 0) process.exitCode = 1;
  } finally {
    await site.end();
  }
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") console.log(help);
  else await run(options);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
process.exit();
