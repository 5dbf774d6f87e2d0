/** Looks right on light and on dark pages, wherever it is shown: it brings its own ground. */
const style = `.ground { fill: #fff; stroke: #d0d7de } text { font: 13px system-ui, sans-serif; fill: #24292f }
.faint { fill: #57606a; font-size: 12px } .note { paint-order: stroke; stroke: #fff; stroke-width: 5px } .grid { stroke: #d8dee4 } .bar { fill: #8c959f } .ours { fill: #0969da }
.whisker { stroke: #24292f; stroke-width: 1.5 } .line { fill: none; stroke-width: 2 }
.first { stroke: #0969da } .second { stroke: #bf8700 } circle.first { fill: #0969da } circle.second { fill: #bf8700 }
@media (prefers-color-scheme: dark) { .ground { fill: #0d1117; stroke: #30363d } text { fill: #e6edf3 } .faint { fill: #8d96a0 }
.note { stroke: #0d1117 } .grid { stroke: #21262d } .bar { fill: #6e7681 } .ours { fill: #4493f8 } .whisker { stroke: #e6edf3 }
.first { stroke: #4493f8 } .second { stroke: #d29922 } circle.first { fill: #4493f8 } circle.second { fill: #d29922 } }`;

/** A picture of this size with these elements in it; `label` says to those who can't see it what it shows. */
export function svg({ width, height, label }: { width: number; height: number; label: string }, elements: string[]) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
<style>${style}</style>
<rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6"/>
${elements.join("\n")}
</svg>
`;
}

const steps = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8];

/** A round number at or above a value: one of a few steps times a power of ten. */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return (steps.find((step) => step * power >= value) ?? 10) * power;
}
