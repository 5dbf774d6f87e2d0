import { runCommand } from "../command.js";
import { machineLine } from "../machine.js";
import { compareChart } from "../report/compare-chart.js";
import { compareTable } from "../report/compare-table.js";
import { keep, putInto } from "../report/record.js";
import { buildStage } from "../stage.js";
import { type CompareResult, measureCompare } from "./compare.js";
import { type CompareOptions, help, parseOptions } from "./options.js";

async function run(options: CompareOptions): Promise<CompareResult> {
  const stage = await buildStage({ members: 1, ownCore: true });
  try {
    const machine = machineLine(stage.machine);
    console.log(machine);
    const result = await measureCompare(stage, options);
    const text = compareTable(result);
    console.log(`\n${text}`);
    if (options.record) {
      await keep("compare.json", `${JSON.stringify({ machine: stage.machine, ...result }, null, 2)}\n`);
      await keep("compare.svg", compareChart(result));
      const picture = "![Requests a second of each strategy](performance/compare.svg)";
      await putInto(
        new URL("../../docs/choosing.md", import.meta.url),
        "compare",
        `${machine}.\n\n${text}\n\n${picture}`,
      );
    }
    return result;
  } finally {
    await stage.close();
  }
}

/** What is not as it should be, a sentence each. */
const faultsOf = ({ figures }: CompareResult): string[] =>
  figures
    .filter(({ revocation }) => revocation && revocation.admittedAfter > 0)
    .map(
      ({ title, revocation }) => `${title}: ${revocation!.admittedAfter} requests were admitted after their ending.`,
    );

await runCommand({ parse: parseOptions, help }, async (options) => faultsOf(await run(options)));
