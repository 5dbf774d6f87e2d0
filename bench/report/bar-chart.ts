import type { Estimate } from "../statistics.js";
import { svg } from "./svg.js";

/** One bar; those of ours stand out. */
export type Bar = { name: string; value: Estimate; note: string; isOurs: boolean };

const width = 760;
const barHeight = 28;
const gap = 18;
const margin = 22;
const left = 250;
const right = 170;

/** Bars that begin at 0, with the interval of each, in SVG. */
export function barChart(label: string, bars: readonly Bar[]): string {
  const most = Math.max(...bars.map(({ value }) => value.high));
  const x = (value: number) => left + (value / most) * (width - left - right);
  const drawn = bars.map(({ name, value, note, isOurs }, index) => {
    const top = margin + index * (barHeight + gap);
    const middle = top + barHeight / 2;
    const [end, low, high] = [value.median, value.low, value.high].map((each) => x(each).toFixed(1));
    return [
      `<text x="${left - 10}" y="${middle + 5}" text-anchor="end">${name}</text>`,
      `<rect class="${isOurs ? "ours" : "bar"}" x="${left}" y="${top}" width="${(Number(end) - left).toFixed(1)}" height="${barHeight}" rx="3"/>`,
      `<line class="whisker" x1="${low}" x2="${high}" y1="${middle}" y2="${middle}"/>`,
      `<text x="${Number(high) + 10}" y="${middle + 5}">${note}</text>`,
    ].join("\n");
  });
  const height = 2 * margin + bars.length * (barHeight + gap) - gap;
  return svg({ width, height, label }, drawn);
}
