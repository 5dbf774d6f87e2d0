import { measureCost } from "./cost.js";
import { measureFleet } from "./fleet.js";
import { measureLogins } from "./logins.js";
import { machineLine } from "./machine.js";
import { measureMe } from "./me.js";
import { type BenchOptions, help, type Part, parseOptions } from "./options.js";
import { chart } from "./report/chart.js";
import { fleetChart } from "./report/fleet-chart.js";
import { keep, put } from "./report/record.js";
import { costTable, fleetTable, growthTable, loginTable, meTable, speedTable } from "./report/tables.js";
import { faultsOfFleet, faultsOfMe, faultsOfSpeed } from "./report/verdicts.js";
import { measureSpeed } from "./speed.js";
import { buildStage, type Stage } from "./stage.js";

/** Something that was measured: for people, for programs, and as a picture. */
type Outcome = { name: string; result: object; text: string; picture?: string };

/** Each part tells what it has found as soon as it has, and answers with what is not as it should be. */
const runPart: Record<
  Part,
  (stage: Stage, options: BenchOptions, tell: (outcome: Outcome) => Promise<void>) => Promise<string[]>
> = {
  async me(stage, options, tell) {
    const population = { stored: options.users, active: options.users, sessionsEach: 1 };
    const bearers = await stage.fill("me", population);
    const me = await measureMe(stage, options, bearers);
    const load = `The process that sent the load used ${(100 * me.loadBusy).toFixed(0)} % of its core.`;
    await tell({ name: "me", result: me, text: `${meTable(me)}\n\n${load}`, picture: chart(me) });
    const cost = await measureCost(stage, bearers);
    await tell({ name: "cost", result: cost, text: costTable(cost) });
    const logins = await measureLogins(stage, await stage.fill("logins", population));
    await tell({ name: "logins", result: { logins }, text: loginTable(logins) });
    return faultsOfMe(me);
  },
  async speed(stage, options, tell) {
    const speed = await measureSpeed(stage, options);
    await tell({ name: "speed", result: speed, text: speedTable(speed) });
    return faultsOfSpeed(speed);
  },
  async fleet(stage, options, tell) {
    const fleet = await measureFleet(stage, options);
    const text = `${fleetTable(fleet)}\n\nEach grows with this power of the instances (1: in proportion, 2: with the square):\n\n${growthTable(fleet)}`;
    await tell({ name: "fleet", result: fleet, text, picture: fleetChart(fleet) });
    return faultsOfFleet(fleet);
  },
};

async function run(stage: Stage, options: BenchOptions): Promise<string[]> {
  const machine = machineLine(stage.machine);
  console.log(machine);
  const faults: string[] = [];
  for (const part of options.parts) {
    const found = await runPart[part](stage, options, async ({ name, result, text, picture }) => {
      console.log(`\n${name}\n\n${text}`);
      if (!options.record) return;
      await keep(`${name}.json`, `${JSON.stringify({ machine: stage.machine, ...result }, null, 2)}\n`);
      if (picture !== undefined) await keep(`${name}.svg`, picture);
      await put(name, `${machine}.\n\n${text}`);
    });
    faults.push(...found);
  }
  return faults;
}

const options = parseOptions(process.argv.slice(2));
if (options === "help") {
  console.log(help);
} else {
  const stage = await buildStage();
  try {
    for (const fault of await run(stage, options)) {
      console.error(fault);
      process.exitCode = 1;
    }
  } finally {
    await stage.close();
  }
}
