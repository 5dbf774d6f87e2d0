import { kinds, type MeResult } from "../me.js";
import { nameOf } from "./tables.js";

const width = 640;
const barHeight = 28;
const gap = 18;
const left = 190;
const right = 150;

const style = `text { font: 13px system-ui, sans-serif; fill: #24292f } .bar { fill: #8c959f } .ours { fill: #0969da }
.whisker { stroke: #24292f; stroke-width: 1.5 } @media (prefers-color-scheme: dark) { text { fill: #e6edf3 }
.bar { fill: #6e7681 } .ours { fill: #4493f8 } .whisker { stroke: #e6edf3 } }`;

/** Requests a second of the four servers as bars, with the interval of each, in SVG. */
export function chart({ figures }: MeResult): string {
  const most = Math.max(...kinds.map((kind) => figures[kind].perSecond.high));
  const x = (value: number) => (left + (value / most) * (width - left - right)).toFixed(1);
  const bars = kinds.map((kind, index) => {
    const { perSecond, besidePublic } = figures[kind];
    const top = 12 + index * (barHeight + gap);
    const middle = top + barHeight / 2;
    const own = kind === "leased" || kind === "read-through" ? "bar ours" : "bar";
    const label = `${perSecond.median.toFixed(0)}/s, ${(100 * besidePublic.median).toFixed(1)} %`;
    return [
      `<text x="${left - 10}" y="${middle + 5}" text-anchor="end">${nameOf[kind].replaceAll("`", "")}</text>`,
      `<rect class="${own}" x="${left}" y="${top}" width="${(Number(x(perSecond.median)) - left).toFixed(1)}" height="${barHeight}" rx="3"/>`,
      `<line class="whisker" x1="${x(perSecond.low)}" x2="${x(perSecond.high)}" y1="${middle}" y2="${middle}"/>`,
      `<text x="${Number(x(perSecond.high)) + 10}" y="${middle + 5}">${label}</text>`,
    ].join("\n");
  });
  const height = 12 + kinds.length * (barHeight + gap);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="Requests a second">
<style>${style}</style>
${bars.join("\n")}
</svg>
`;
}
