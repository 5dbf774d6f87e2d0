import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const built = fileURLToPath(new URL("../../dist/embedded/open.js", import.meta.url));

const script = `
const [file, dataDir, brief] = process.argv.slice(1);
const { openEmbedded } = await import(file);
const say = (facts) => console.log(JSON.stringify(facts));
const log = Object.fromEntries(["info", "warn", "error"].map((level) => [level, (facts, message) => say({ level, message, ...facts })]));
const { uri, joined, owner, close } = await openEmbedded({ dataDir, log, brief: brief === "brief" });
say({ uri, joined, owner });
process.on("SIGTERM", () => close().then(() => process.exit(0)));
setInterval(() => {}, 60_000);
`;

export type Opened = { uri: string; joined: boolean; owner: number };

/** A process of its own that has the embedded database of `dataDir` open until it is ended. */
export function startDatabaseProcess(dataDir: string, { brief = false } = {}) {
  const child = spawn(
    process.execPath,
    ["--input-type=module", "-e", script, built, dataDir, brief ? "brief" : "lasting"],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const lines: Record<string, unknown>[] = [];
  const exited = once(child, "exit");
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(JSON.parse(line) as Record<string, unknown>);
    for (const look of waiting) look();
  });
  /** Resolves with the first line that fits, said already or still to come. */
  const said = (fits: (line: Record<string, unknown>) => boolean) =>
    new Promise<Record<string, unknown>>((resolve, reject) => {
      const look = () => {
        const line = lines.find(fits);
        if (!line) return;
        waiting.delete(look);
        resolve(line);
      };
      waiting.add(look);
      look();
      void exited.then(() => reject(new Error(`The process ended: ${JSON.stringify(lines)}`)));
    });
  return {
    pid: child.pid as number,
    lines,
    said,
    opened: said(({ uri }) => uri !== undefined) as Promise<unknown> as Promise<Opened>,
    async end(signal: NodeJS.Signals = "SIGTERM") {
      child.kill(signal);
      await exited;
    },
  };
}
