import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

type Snippet = { page: string; text: string };

/** Every block of a page that begins with ```ts: each is a whole module. */
const snippetsOf = (page: string, markdown: string): Snippet[] =>
  [...markdown.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text]) => ({ page, text: text as string }));

async function markdownFiles(folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true });
  return entries.filter((name) => name.endsWith(".md")).map((name) => join(folder, name));
}

/** What the compiler has to say of modules, as an application that has the package installed compiles them: a line for each error. */
async function complaintsAbout(snippets: readonly Snippet[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "muster-snippets-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { compilerOptions } = JSON.parse(await readFile(join(root, "tsconfig.json"), "utf8"));
  const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const entries = Object.entries<{ types?: string }>(manifest.exports).flatMap(([name, { types }]) =>
    types ? [[join(manifest.name, name), [join(root, types)]]] : [],
  );
  const options = { ...compilerOptions, paths: Object.fromEntries(entries), noUnusedLocals: false };
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, include: ["*.ts"] }));
  for (const [index, { page, text }] of snippets.entries())
    await writeFile(join(folder, `${basename(page, ".md")}-${index}.ts`), `${text}export {};\n`);
  const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  const said = await promisify(execFile)(process.execPath, [tsc, "-p", folder], { cwd: folder }).then(
    ({ stdout }) => stdout,
    ({ stdout, message }: { stdout?: string; message: string }) => stdout || message,
  );
  return said.split("\n").filter((line) => /^\S/.test(line));
}

it("compiles every module that the README and the docs show, and would notice one that does not", {
  timeout: 120_000,
}, async () => {
  const pages = ["README.md", ...(await markdownFiles("docs"))];
  const texts = await Promise.all(
    pages.map(async (page) => snippetsOf(page, await readFile(join(root, page), "utf8"))),
  );
  const snippets = texts.flat();
  expect(snippets.length).toBeGreaterThan(5);
  const wrong = {
    page: "wrong.md",
    text: 'import { createMuster } from "muster-auth";\ncreateMuster({ secret: 1 });\n',
  };
  const complaints = await complaintsAbout([wrong, ...snippets]);
  expect(complaints).toEqual([expect.stringMatching(/^wrong-0\.ts\(2,\d+\): error TS/)]);
});
