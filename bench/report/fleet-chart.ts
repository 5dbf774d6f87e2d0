import type { FleetFigures, FleetResult } from "../fleet.js";
import { roundUp, svg } from "./svg.js";

type Panel = { title: string; value: (size: FleetFigures) => number };

const panels: Panel[] = [
  { title: "writes a second, idle", value: ({ idle }) => idle.updates },
  { title: "database, idle, % of a core", value: ({ idle }) => 100 * idle.databaseCpu },
  { title: "a revocation, p50, ms", value: ({ revocation }) => revocation.p50Ms },
];
const classes = ["first", "second"];
const width = 760;
const height = 270;
const plot = { top: 46, bottom: 46, left: 48, right: 16 };
const panelWidth = width / panels.length;

/** What grows with the instances, a panel each, in SVG. Both axes begin at 0, so that what is in proportion is a straight line. */
export function fleetChart({ series }: FleetResult): string {
  const legend = series.map(({ beatMs, leaseMs }, index) => {
    const x = 20 + index * 290;
    return `<circle class="${classes[index]}" cx="${x}" cy="${height - 14}" r="4"/>
<text class="faint" x="${x + 10}" y="${height - 10}">a beat every ${beatMs} ms, leases of ${leaseMs} ms</text>`;
  });
  const drawn = panels.map((panel, index) => drawPanel(panel, index * panelWidth, series));
  return svg({ width, height, label: "What grows with the instances" }, [...drawn, ...legend]);
}

function drawPanel({ title, value }: Panel, offset: number, series: FleetResult["series"]): string {
  const sizes = series[0]!.sizes.map(({ instances }) => instances);
  const most = roundUp(Math.max(...series.flatMap(({ sizes }) => sizes.map(value))));
  const [x0, x1] = [offset + plot.left, offset + panelWidth - plot.right];
  const [y0, y1] = [height - plot.bottom - 20, plot.top];
  const x = (instances: number) => (x0 + (instances / Math.max(...sizes)) * (x1 - x0)).toFixed(1);
  const y = (amount: number) => (y0 - (Math.max(0, amount) / most) * (y0 - y1)).toFixed(1);
  const grid = [0, most / 2, most].map(
    (amount) => `<line class="grid" x1="${x0}" x2="${x1}" y1="${y(amount)}" y2="${y(amount)}"/>
<text class="faint" x="${x0 - 6}" y="${Number(y(amount)) + 4}" text-anchor="end">${amount}</text>`,
  );
  const ticks = sizes
    .filter((instances) => instances !== 1)
    .map(
      (instances) => `<text class="faint" x="${x(instances)}" y="${y0 + 18}" text-anchor="middle">${instances}</text>`,
    );
  const lines = series.map(({ sizes }, index) => {
    const points = sizes.map((size) => `${x(size.instances)},${y(value(size))}`);
    const dots = points.map((point) => {
      const [cx, cy] = point.split(",");
      return `<circle class="${classes[index]}" cx="${cx}" cy="${cy}" r="3"/>`;
    });
    return `<polyline class="line ${classes[index]}" points="${points.join(" ")}"/>\n${dots.join("\n")}`;
  });
  const head = `<text x="${x0}" y="${plot.top - 20}">${title}</text>`;
  return [head, ...grid, ...ticks, ...lines].join("\n");
}
