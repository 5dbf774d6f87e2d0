// `npm run check:package`: packs what is committed or about to be, installs it in an empty folder elsewhere, and uses it there.
// It asks the package registry for the peers and the dependencies; everything else of `npm run check` needs no network.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const work = mkdtempSync(join(tmpdir(), "muster-package-"));

/** What the main entry has no use for, and must not load. */
const heavy = ["mongodb-memory-server", "graphiql", "react", "fastify", "pino", "vitest", "zod", "prom-client"];

function run(folder, command, args, env = {}) {
  const options = { cwd: folder, env: { ...process.env, ...env }, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] };
  try {
    return execFileSync(command, args, options);
  } catch (error) {
    throw new Error(`${command} ${args.join(" ")}\n${error.stdout ?? ""}${error.stderr ?? error.message}`);
  }
}

/** Packs a copy, so that nothing of an old build can get in, and the checkout's own build stays as it is. */
function pack() {
  const copy = join(work, "copy");
  for (const file of run(root, "git", ["ls-files", "-z", "-co", "--exclude-standard"]).split("\0").filter(Boolean)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  run(copy, "npm", ["run", "build"]);
  run(copy, "npm", ["pack", "--ignore-scripts", "--pack-destination", work]);
  return join(work, `${manifest.name}-${manifest.version}.tgz`);
}

function install(tarball) {
  const app = join(work, "app");
  mkdirSync(app);
  writeFileSync(join(app, "package.json"), JSON.stringify({ name: "app", private: true, type: "module" }));
  const others = [...Object.keys(manifest.peerDependencies), "typescript", "@types/node"];
  const wanted = others.map((name) => `${name}@${manifest.devDependencies[name]}`);
  run(app, "npm", ["install", "--no-audit", "--no-fund", tarball, ...wanted]);
  return app;
}

/** The packages that importing a module loads, by what V8 saw of them. */
function packagesLoadedBy(app, name) {
  const seen = join(work, "seen");
  rmSync(seen, { recursive: true, force: true });
  run(app, process.execPath, ["-e", `import(${JSON.stringify(name)})`], { NODE_V8_COVERAGE: seen });
  const urls = readdirSync(seen).flatMap((file) =>
    JSON.parse(readFileSync(join(seen, file), "utf8")).result.map(({ url }) => url),
  );
  return new Set(urls.map((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1]).filter(Boolean));
}

function expectThat(holds, fault) {
  if (!holds) throw new Error(fault);
}

const tool = (name) => join(root, "node_modules", ".bin", name);
let tarball = "";
let app = "";

const steps = {
  "packs, from a clean copy": () => {
    tarball = pack();
  },
  "publint finds nothing": () => {
    const said = run(root, tool("publint"), ["run", "--strict", tarball]);
    expectThat(said.includes("All good!"), said);
  },
  "attw finds nothing": () => run(root, tool("attw"), ["--profile", "esm-only", "--no-definitely-typed", tarball]),
  "installs in an empty folder": () => {
    app = install(tarball);
  },
  "muster-auth imports, and loads nothing that it has no use for": () => {
    const loaded = packagesLoadedBy(app, manifest.name);
    expectThat(loaded.has(manifest.name) && loaded.has("graphql"), "nothing was seen to be loaded");
    expectThat(
      !heavy.some((name) => loaded.has(name)),
      `it loads ${heavy.filter((name) => loaded.has(name)).join(", ")}`,
    );
  },
  "muster-auth/testing imports": () => {
    const said = run(app, process.execPath, [
      "-e",
      "import('muster-auth/testing').then((kit) => console.log(typeof kit.startTestServer))",
    ]);
    expectThat(said.trim() === "function", said);
  },
  "the types of both check under strict, those of the package itself too": () => {
    cpSync(join(root, "test", "package", "consumer"), join(app, "src"), { recursive: true });
    const compilerOptions = {
      module: "NodeNext",
      target: "ES2022",
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      types: ["node"],
    };
    writeFileSync(join(app, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src"] }));
    run(app, join(app, "node_modules", ".bin", "tsc"), []);
  },
  "the command muster prints its help": () => {
    const said = run(app, join(app, "node_modules", ".bin", "muster"), ["help"]);
    expectThat(said.includes("muster grant EMAIL ROLE"), said);
  },
};

let failed = 0;
for (const [name, step] of Object.entries(steps)) {
  try {
    step();
    console.log(`ok     ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${name}\n${error.message}`);
    if (tarball === "" || (app === "" && name.startsWith("installs"))) break;
  }
}
rmSync(work, { recursive: true, force: true });
process.exitCode = failed > 0 ? 1 : 0;
