import { measureCost } from "./cost.js";
import { measureFleet } from "./fleet.js";
import { measureLogins } from "./logins.js";
import { machineLine } from "./machine.js";
import { measureMe } from "./me.js";
import { type BenchOptions, help, parseOptions } from "./options.js";
import { chart } from "./report/chart.js";
import { keep, put } from "./report/record.js";
import { costTable, fleetTable, loginTable, meTable, speedTable } from "./report/tables.js";
import { measureSpeed } from "./speed.js";
import { buildStage, type Stage } from "./stage.js";

/** Below this a signed-in request costs too much beside one that nobody looks at. */
const leastBesidePublic = 0.9;

/** One part of what was measured: printed, and with `--record` kept as JSON and put into its place in the docs. */
async function tell(stage: Stage, { record }: BenchOptions, part: { name: string; result: unknown; text: string }) {
  console.log(`\n${part.name}\n\n${part.text}`);
  if (!record) return;
  await keep(
    `${part.name}.json`,
    `${JSON.stringify({ machine: stage.machine, ...(part.result as object) }, null, 2)}\n`,
  );
  await put(part.name, `${machineLine(stage.machine)}\n\n${part.text}`);
}

async function run(stage: Stage, options: BenchOptions): Promise<void> {
  console.log(machineLine(stage.machine));
  if (options.parts.includes("me")) {
    const { users } = options;
    const bearers = await stage.fill("me", { stored: users, active: users, sessionsEach: 1 });
    const me = await measureMe(stage, options, bearers);
    const load = `The process that sent the load used ${(100 * me.loadBusy).toFixed(0)} % of its core.`;
    const picture = "![Requests a second of the four servers](performance/me.svg)";
    if (options.record) await keep("me.svg", chart(me));
    await tell(stage, options, { name: "me", result: me, text: `${meTable(me)}\n\n${load}\n\n${picture}` });
    const cost = await measureCost(stage, bearers);
    await tell(stage, options, { name: "cost", result: cost, text: costTable(cost) });
    const people = await stage.fill("logins", { stored: users, active: users, sessionsEach: 1 });
    const logins = await measureLogins(stage, people);
    await tell(stage, options, { name: "logins", result: { logins }, text: loginTable(logins) });
    const { median } = me.figures.leased.besidePublic;
    if (median < leastBesidePublic) {
      console.error(
        `A leased request reaches ${median.toFixed(3)} of one that nobody looks at: below ${leastBesidePublic}.`,
      );
      process.exitCode = 1;
    }
  }
  if (options.parts.includes("speed")) {
    const speed = await measureSpeed(stage, options);
    await tell(stage, options, { name: "speed", result: speed, text: speedTable(speed) });
  }
  if (options.parts.includes("fleet")) {
    const fleet = await measureFleet(stage, options);
    await tell(stage, options, { name: "fleet", result: fleet, text: fleetTable(fleet) });
  }
}

const options = parseOptions(process.argv.slice(2));
if (options === "help") {
  console.log(help);
} else {
  const stage = await buildStage();
  try {
    await run(stage, options);
  } finally {
    await stage.close();
  }
}
