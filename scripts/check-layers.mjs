// `npm run check:layers`: one line for each import and each deed in src/ that the layers forbid.
import { fileURLToPath } from "node:url";
import { findLayerFaults, readSources } from "./layers.mjs";

const faults = findLayerFaults(readSources(fileURLToPath(new URL("..", import.meta.url))));
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
