import { runCommand } from "./command.js";
import { measureCost } from "./cost.js";
import { measureFleet } from "./fleet.js";
import { measureLogins } from "./logins.js";
import { machineLine } from "./machine.js";
import { measureMe } from "./me.js";
import { type BenchOptions, help, type Part, parseOptions, parts } from "./options.js";
import { measureReads } from "./reads.js";
import { meChart, revocationChart, socketsChart, speedChart } from "./report/charts.js";
import { revocationTable, socketsTable } from "./report/ending-tables.js";
import { fleetChart } from "./report/fleet-chart.js";
import { fleetTable, growthTable } from "./report/fleet-tables.js";
import { keep, put } from "./report/record.js";
import { costTable, loginTable, meTable, readsTable, speedTable } from "./report/tables.js";
import {
  faultsOfCost,
  faultsOfFleet,
  faultsOfMe,
  faultsOfReads,
  faultsOfRevocation,
  faultsOfSockets,
  faultsOfSpeed,
} from "./report/verdicts.js";
import { measureRevocation } from "./revocation.js";
import { measureSockets } from "./sockets.js";
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
    await tell({ name: "me", result: me, text: `${meTable(me)}\n\n${load}`, picture: meChart(me) });
    const cost = await measureCost(stage, bearers);
    await tell({ name: "cost", result: cost, text: costTable(cost) });
    const logins = await measureLogins(stage, await stage.fill("logins", population));
    await tell({ name: "logins", result: { logins }, text: loginTable(logins) });
    return [...faultsOfMe(me), ...faultsOfCost(cost)];
  },
  async reads(stage, options, tell) {
    const reads = await measureReads(stage, options);
    await tell({ name: "reads", result: reads, text: readsTable(reads) });
    return faultsOfReads(reads);
  },
  async speed(stage, options, tell) {
    const speed = await measureSpeed(stage, options);
    await tell({ name: "speed", result: speed, text: speedTable(speed), picture: speedChart(speed) });
    return faultsOfSpeed(speed);
  },
  async revocation(stage, options, tell) {
    const revocation = await measureRevocation(stage, options);
    const picture = revocationChart(revocation);
    await tell({ name: "revocation", result: revocation, text: revocationTable(revocation), picture });
    return faultsOfRevocation(revocation);
  },
  async sockets(stage, options, tell) {
    const sockets = await measureSockets(stage, options);
    await tell({ name: "sockets", result: sockets, text: socketsTable(sockets), picture: socketsChart(sockets) });
    return faultsOfSockets(sockets);
  },
  async fleet(stage, options, tell) {
    const fleet = await measureFleet(stage, options);
    const text = `${fleetTable(fleet)}\n\nEach grows with this power of the instances (1: in proportion, 2: with the square):\n\n${growthTable(fleet)}`;
    await tell({ name: "fleet", result: fleet, text, picture: fleetChart(fleet) });
    return faultsOfFleet(fleet);
  },
};

async function run(part: Part, options: BenchOptions): Promise<string[]> {
  const { members, ...needed } = { ownCore: false, ...parts[part] };
  const stage = await buildStage({ members: options.members ?? members, ownCore: needed.ownCore });
  try {
    const machine = machineLine(stage.machine);
    console.log(machine);
    return await runPart[part](stage, options, async ({ name: usual, result, text, picture }) => {
      // another number of members has a place of its own
      const name = stage.machine.members === members ? usual : `${usual}-${stage.machine.members}`;
      console.log(`\n${name}\n\n${text}`);
      if (!options.record) return;
      await keep(`${name}.json`, `${JSON.stringify({ machine: stage.machine, ...result }, null, 2)}\n`);
      if (picture !== undefined) await keep(`${name}.svg`, picture);
      await put(name, `${machine}.${picture ? `\n\n![${parts[part].what}](performance/${name}.svg)` : ""}\n\n${text}`);
    });
  } finally {
    await stage.close();
  }
}

await runCommand({ parse: parseOptions, help }, async (options) => {
  const faults: string[] = [];
  for (const part of options.parts) faults.push(...(await run(part, options)));
  return faults;
});
