import { mkdir, readFile, writeFile } from "node:fs/promises";

const folder = new URL("../../docs/performance/", import.meta.url);
const page = new URL("../../docs/performance.md", import.meta.url);

/** Writes one file beside the page. */
export async function keep(name: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(new URL(name, folder), text);
}

/** Puts a text between the markers of its name in the page of the figures. @throws Error where it has no such markers */
export const put = (name: string, text: string): Promise<void> => putInto(page, name, text);

/** Puts a text between the markers of its name in a page. @throws Error where the page has no such markers */
export async function putInto(file: URL, name: string, text: string): Promise<void> {
  const old = await readFile(file, "utf8");
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [from, to] = [old.indexOf(begin), old.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file.pathname} has no place for ${name}.`);
  await writeFile(file, `${old.slice(0, from + begin.length)}\n\n${text}\n\n${old.slice(to)}`);
}
