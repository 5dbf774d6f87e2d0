import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { importsOf, readSources } from "../../scripts/layers.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
  exports: Record<string, string | { types: string; default: string }>;
  bin: Record<string, string>;
  files: string[];
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional: boolean }>;
  devDependencies: Record<string, string>;
};
const sources = readSources(root);

const packageOf = (from: string) => from.split("/", from.startsWith("@") ? 2 : 1).join("/");
const isPackage = (from: string) => !from.startsWith(".") && !from.startsWith("node:");

/** The packages that a module loads, those of the modules it imports included; `import()` and types are not followed. */
function packagesBehind(entry: string, seen = new Set<string>()): Set<string> {
  if (seen.has(entry)) return new Set();
  seen.add(entry);
  const found = new Set<string>();
  for (const { from, isType, isDynamic } of importsOf(sources.get(entry) ?? "")) {
    if (isType || isDynamic) continue;
    if (isPackage(from)) found.add(packageOf(from));
    if (!from.startsWith(".")) continue;
    const file = new URL(from.replace(/\.js$/, ".ts"), `file:///${entry}`).pathname.slice(1);
    for (const name of packagesBehind(file, seen)) found.add(name);
  }
  return found;
}

describe("package.json", () => {
  const targets = Object.values(manifest.exports).flatMap((entry) =>
    typeof entry === "string" ? [entry] : [entry.types, entry.default],
  );

  it.each([...targets, ...Object.values(manifest.bin)])("names a file that is there: %s", (target) => {
    expect(existsSync(root + target), "run `npm run build`").toBe(true);
    expect([...manifest.files, "package.json"].some((file) => target.startsWith(`./${file}`))).toBe(true);
  });

  it("depends on every package that src/ imports, and on none besides but what the playground serves", () => {
    const imported = new Set<string>();
    for (const text of sources.values()) {
      for (const { from } of importsOf(text)) if (isPackage(from)) imported.add(packageOf(from));
    }
    const served = ["graphiql", "react", "react-dom"];
    const depended = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)];
    expect([...imported, ...served].sort()).toEqual(depended.sort());
  });

  it("leaves graphql, mongoose, @apollo/server and, where it is used, socket.io to the application, and has them for its own tests", () => {
    const peers = Object.keys(manifest.peerDependencies).sort();
    expect(peers).toEqual(["@apollo/server", "graphql", "mongoose", "socket.io"]);
    expect(manifest.peerDependenciesMeta).toEqual({ "socket.io": { optional: true } });
    for (const name of peers) {
      expect(manifest.dependencies).not.toHaveProperty([name]);
      expect(manifest.devDependencies).toHaveProperty([name]);
    }
  });

  it("loads in the main entry no server, no database, no playground and no settings", () => {
    const loaded = packagesBehind("src/index.ts");
    expect([...loaded]).toEqual(expect.arrayContaining(["graphql", "jsonwebtoken", "mongoose"]));
    const heavy = ["@as-integrations/fastify", "fastify", "mongodb-memory-server", "pino", "prom-client", "zod"];
    expect(heavy.filter((name) => loaded.has(name))).toEqual([]);
  });
});
