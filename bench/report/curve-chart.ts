import type { Times } from "../times.js";
import { roundUp, svg } from "./svg.js";

/** What one panel shows, and the bounds that it is held against: `share` of all shall not take longer than `ms`. */
export type CurvePanel = {
  title: string;
  times: Times;
  bounds: readonly { share: number; ms: number; name: string }[];
};

const width = 760;
const height = 290;
const plot = { top: 50, bottom: 50, left: 56, right: 40 };

/** Which share was done after how long, a panel each, in SVG. Where the curve stays left of a bound's point, the bound is kept. */
export function curveChart(label: string, panels: readonly CurvePanel[]): string {
  const each = width / panels.length;
  return svg(
    { width, height, label },
    panels.map((panel, index) => drawPanel(panel, index * each, each)),
  );
}

function drawPanel({ title, times, bounds }: CurvePanel, offset: number, panelWidth: number): string {
  const mostMs = roundUp(1.05 * Math.max(times.worstMs, ...bounds.map(({ ms }) => ms)));
  const [x0, x1] = [offset + plot.left, offset + panelWidth - plot.right];
  const [y0, y1] = [height - plot.bottom, plot.top];
  const x = (ms: number) => (x0 + (ms / mostMs) * (x1 - x0)).toFixed(1);
  const y = (share: number) => (y0 - share * (y0 - y1)).toFixed(1);
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (share) => `<line class="grid" x1="${x0}" x2="${x1}" y1="${y(share)}" y2="${y(share)}"/>
<text class="faint" x="${x0 - 8}" y="${Number(y(share)) + 4}" text-anchor="end">${100 * share} %</text>`,
  );
  const ticks = [0, mostMs / 2, mostMs].map(
    (ms) => `<text class="faint" x="${x(ms)}" y="${y0 + 20}" text-anchor="middle">${ms} ms</text>`,
  );
  const { curve } = times;
  const points = [`${x0},${y0}`, ...curve.map((ms, step) => `${x(ms)},${y(step / (curve.length - 1))}`)];
  const line = `<polyline class="line first" points="${points.join(" ")}"/>`;
  const marks = bounds.map(({ share, ms, name }) => {
    // beside the point, on the side where there is room
    const isRight = Number(x(ms)) > (x0 + x1) / 2;
    const at = Number(x(ms)) + (isRight ? -9 : 9);
    return `<circle class="second" cx="${x(ms)}" cy="${y(share)}" r="4"/>
<text class="faint note" x="${at}" y="${Number(y(share)) + 16}" text-anchor="${isRight ? "end" : "start"}">${name}</text>`;
  });
  return [`<text x="${x0}" y="${plot.top - 22}">${title}</text>`, ...grid, ...ticks, line, ...marks].join("\n");
}
