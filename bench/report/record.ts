import { mkdir, readFile, writeFile } from "node:fs/promises";

const folder = new URL("../../docs/performance/", import.meta.url);
const page = new URL("../../docs/performance.md", import.meta.url);

/** Writes one file beside the page. */
export async function keep(name: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(new URL(name, folder), text);
}

/** Puts a text between the markers of its name in the page. @throws Error where the page has no such markers */
export async function put(name: string, text: string): Promise<void> {
  const old = await readFile(page, "utf8");
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [from, to] = [old.indexOf(begin), old.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no place for ${name}.`);
  await writeFile(page, `${old.slice(0, from + begin.length)}\n\n${text}\n\n${old.slice(to)}`);
}
