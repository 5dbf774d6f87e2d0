// Who may import whom in src/. `npm run check:layers` and test/guards/layers.test.ts hold the code against it.
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

/**
 * From the innermost to the outermost: a file may import from its own layer and from those above it in this list, types included.
 * A name is a folder or a file of src/; where several fit a file the longest one counts.
 */
export const layers = [
  ["errors.ts", "clock.ts", "maybe-promise.ts"],
  ["log.ts", "observe.ts", "principal.ts"],
  ["store"],
  ["feed"],
  ["auth-state", "passwords", "revocation", "sessions", "standing", "tokens"],
  ["authenticate.ts"],
  ["accounts", "parts.ts", "sockets/connection.ts", "sockets/connections.ts", "sockets/end.ts", "sockets/limits.ts"],
  ["administration"],
  ["graphql"],
  ["assemble.ts", "judging.ts", "muster.ts", "options.ts", "reading.ts"],
  ["http", "metrics", "sockets"],
  ["config.ts", "settings.ts"],
  ["embedded"],
  ["failure-log.ts", "gate.ts", "server.ts"],
  ["announce.ts", "explain.ts", "start.ts"],
  ["cli", "index.ts", "main.ts", "testing"],
];

/** What imports nothing at all, or nothing but this. */
const importsOnly = {
  "errors.ts": [],
  "clock.ts": [],
  "principal.ts": ["errors.ts"],
};

/** The only places that import a package. */
const packages = {
  "@as-integrations/fastify": ["http"],
  "@node-rs/argon2": ["passwords"],
  "@redis/client": ["store/redis-link.ts"],
  fastify: ["http"],
  "graphql-scalars": ["graphql"],
  "graphql-ws": ["sockets"],
  jsonwebtoken: ["tokens"],
  mongodb: [],
  "mongodb-memory-server": ["embedded", "testing"],
  mongoose: ["store", "embedded/ask-mongod.ts"],
  pino: ["log.ts"],
  "prom-client": ["metrics"],
  "reflect-metadata": ["graphql"],
  "socket.io": ["sockets"],
  "type-graphql": ["graphql"],
  ws: ["sockets"],
  zod: ["config.ts", "settings.ts"],
};

/** Where the type of a package may be named, besides. */
const packageTypes = { mongoose: ["auth-state/leases.ts", "judging.ts", "muster.ts", "options.ts"] };

/** The only places where something is done. */
const deeds = [
  { what: "reads process.env", pattern: /\bprocess\s*(?:\.\s*env\b|\[\s*["']env)/, where: ["config.ts"] },
  {
    what: "ends the process",
    pattern: /\bprocess\s*\.\s*(?:exit|abort|reallyExit)\b/,
    where: ["main.ts", "cli/main.ts"],
  },
  { what: "has decorators", pattern: /^\s*@[A-Z]\w*\(/m, where: ["graphql"] },
];

const importPattern =
  /^\s*(?:import|export)\s+(?<type>type\s)?(?:[^"';]*?\sfrom\s)?\s*"(?<from>[^"]+)"|\bimport\(\s*"(?<dynamic>[^"]+)"\s*\)/gm;

/** The imports of a source text: what is named, whether only its types are, and whether it is loaded later. */
export function importsOf(text) {
  return [...codeOf(text).matchAll(importPattern)].map(({ groups }) => ({
    from: groups.from ?? groups.dynamic,
    isType: groups.type !== undefined,
    isDynamic: groups.dynamic !== undefined,
  }));
}

/** One line for each fault of these sources: `files` maps paths such as `src/tokens/verify.ts` to their text. */
export function findLayerFaults(files) {
  const faults = [];
  for (const [path, text] of files) {
    const file = path.replace(/^src\//, "");
    const complain = (fault) => faults.push(`${path}: ${fault}`);
    const level = levelOf(file);
    if (level === -1) {
      complain("belongs to no layer: name it in scripts/layers.mjs");
      continue;
    }
    const only = importsOnly[file];
    const code = codeOf(text);
    for (const { from, isType } of importsOf(text)) {
      if (!from.startsWith(".")) {
        const name = packageOf(from);
        const places = [...(packages[name] ?? [""]), ...(isType ? (packageTypes[name] ?? []) : [])];
        if (only || !places.some((place) => isIn(place, file))) complain(`may not import "${from}"`);
        continue;
      }
      const target = posix.join(posix.dirname(file), from).replace(/\.js$/, ".ts");
      if (only ? !only.includes(target) : levelOf(target) > level) complain(`may not import ${target}`);
    }
    for (const { what, pattern, where } of deeds) {
      if (pattern.test(code) && !where.some((place) => isIn(place, file))) {
        complain(`${what}, which only ${where.join(" and ")} may`);
      }
    }
  }
  return faults;
}

const isIn = (place, file) => place === "" || file === place || file.startsWith(`${place}/`);

function levelOf(file) {
  const fits = layers.flatMap((names, level) =>
    names.filter((name) => isIn(name, file)).map((name) => ({ name, level })),
  );
  return fits.sort((a, b) => b.name.length - a.name.length)[0]?.level ?? -1;
}

const packageOf = (from) => from.split("/", from.startsWith("@") ? 2 : 1).join("/");

/** The code of a source: without comments, and without the scripts that it keeps as text. */
function codeOf(text) {
  const parts = /\/\*.*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/gs;
  return text.replace(parts, (part) => (part.startsWith("/") ? "" : part.startsWith("`") ? "``" : part));
}

/** The text of every TypeScript file in src/ of the package in `root`, by its path. */
export function readSources(root) {
  const names = readdirSync(join(root, "src"), { recursive: true }).map((name) => name.replaceAll("\\", "/"));
  const paths = names.filter((name) => name.endsWith(".ts")).map((name) => `src/${name}`);
  return new Map(paths.sort().map((path) => [path, readFileSync(join(root, path), "utf8")]));
}
