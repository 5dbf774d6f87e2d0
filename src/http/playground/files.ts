import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

/** A file of the playground as it is sent. */
export type PlaygroundFile = { type: string; etag: string; plain: Buffer; gzipped: Buffer };

const script = "text/javascript; charset=utf-8";
const style = "text/css; charset=utf-8";

/** Every file there is: its name under `/playground/`, and where it comes from. Nothing comes from another host. */
const sources = {
  "react.js": { type: script, package: "react", path: "umd/react.production.min.js" },
  "react-dom.js": { type: script, package: "react-dom", path: "umd/react-dom.production.min.js" },
  "graphiql.js": { type: script, package: "graphiql", path: "graphiql.min.js" },
  "graphiql.css": { type: style, package: "graphiql", path: "graphiql.min.css" },
  "playground.js": { type: script, package: null, path: "playground.js" },
  "playground.css": { type: style, package: null, path: "playground.css" },
  "icon.svg": { type: "image/svg+xml", package: null, path: "icon.svg" },
} as const;

export type PlaygroundFileName = keyof typeof sources;

export const isPlaygroundFileName = (name: string): name is PlaygroundFileName => Object.hasOwn(sources, name);

const own = fileURLToPath(new URL("./assets/", import.meta.url));
const compress = promisify(gzip);

/**
 * Finds the playground's files and keeps those that were asked for.
 * @throws Error, at once, where a package that they come from is not installed
 */
export function createPlaygroundFiles(): (name: PlaygroundFileName) => Promise<PlaygroundFile> {
  const { resolve } = createRequire(import.meta.url);
  const pathOf = ({ package: from, path }: (typeof sources)[PlaygroundFileName]) =>
    from === null ? join(own, path) : join(dirname(resolve(`${from}/package.json`)), path);
  const paths = new Map(Object.entries(sources).map(([name, source]) => [name, pathOf(source)]));
  const loaded = new Map<PlaygroundFileName, Promise<PlaygroundFile>>();

  async function load(name: PlaygroundFileName): Promise<PlaygroundFile> {
    const plain = await readFile(paths.get(name)!);
    const etag = `"${createHash("sha256").update(plain).digest("base64url").slice(0, 22)}"`;
    return { type: sources[name].type, etag, plain, gzipped: await compress(plain) };
  }

  return (name) => {
    const before = loaded.get(name);
    if (before !== undefined) return before;
    const file = load(name);
    loaded.set(name, file);
    file.catch(() => loaded.delete(name));
    return file;
  };
}
