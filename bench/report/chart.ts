import { kinds, type MeResult } from "../me.js";
import { svg } from "./svg.js";
import { nameOf } from "./tables.js";

const width = 680;
const barHeight = 28;
const gap = 18;
const margin = 22;
const left = 210;
const right = 160;

/** Requests a second of the four servers as bars, with the interval of each, in SVG. */
export function chart({ figures }: MeResult): string {
  const most = Math.max(...kinds.map((kind) => figures[kind].perSecond.high));
  const x = (value: number) => (left + (value / most) * (width - left - right)).toFixed(1);
  const bars = kinds.map((kind, index) => {
    const { perSecond, besidePublic } = figures[kind];
    const top = margin + index * (barHeight + gap);
    const middle = top + barHeight / 2;
    const own = kind === "leased" || kind === "read-through" ? "ours" : "bar";
    const label = `${perSecond.median.toFixed(0)}/s, ${(100 * besidePublic.median).toFixed(1)} %`;
    return [
      `<text x="${left - 10}" y="${middle + 5}" text-anchor="end">${nameOf[kind].replaceAll("`", "")}</text>`,
      `<rect class="${own}" x="${left}" y="${top}" width="${(Number(x(perSecond.median)) - left).toFixed(1)}" height="${barHeight}" rx="3"/>`,
      `<line class="whisker" x1="${x(perSecond.low)}" x2="${x(perSecond.high)}" y1="${middle}" y2="${middle}"/>`,
      `<text x="${Number(x(perSecond.high)) + 10}" y="${middle + 5}">${label}</text>`,
    ].join("\n");
  });
  const height = 2 * margin + kinds.length * (barHeight + gap) - gap;
  return svg({ width, height, label: "Requests a second of the four servers" }, bars);
}
