import type { CompareResult } from "../compare/compare.js";
import { barChart } from "./bar-chart.js";
import { percent, whole } from "./table.js";

/** Requests a second of each strategy, beside the same server without authentication, in SVG. */
export function compareChart({ figures, publicPerSecond }: CompareResult): string {
  return barChart("Requests a second of each strategy", [
    { name: "no authentication", value: publicPerSecond, note: `${whole(publicPerSecond.median)}/s`, isOurs: false },
    ...figures.map(({ title, rates: { perSecond, besidePublic } }) => ({
      name: title,
      value: perSecond,
      note: `${whole(perSecond.median)}/s, ${percent(besidePublic.median)}`,
      isOurs: true,
    })),
  ]);
}
