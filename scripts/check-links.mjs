// `npm run check:links`: one line for each link in a Markdown file to a file or a heading that is not there. The web is not asked.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const skipped = new Set(["node_modules", "dist", "coverage"]);

function* markdownFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !skipped.has(entry.name) && !entry.name.startsWith(".")) yield* markdownFiles(path);
    if (entry.isFile() && entry.name.endsWith(".md")) yield path;
  }
}

const withoutCode = (text) => text.replace(/^(```|~~~).*?^\1/gms, "").replace(/(`+)(?!`).*?[^`]\1(?!`)/g, "");

/** The targets of `[text](target)`, `![text](target)`, `[name]: target`, `href="target"` and `src="target"`. */
function linksOf(text) {
  const forms = [
    /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g,
    /^\s*\[[^\]]+\]:\s*(\S+)/gm,
    /\b(?:href|src)="([^"]+)"/g,
  ];
  return forms.flatMap((form) => [...withoutCode(text).matchAll(form)].map(([, target]) => target));
}

/** The names under which a page's headings can be linked to, as code hosts make them. */
function anchorsOf(text) {
  const counts = new Map();
  const anchors = new Set([...text.matchAll(/\b(?:id|name)="([^"]+)"/g)].map(([, id]) => id));
  for (const [, heading] of text.replace(/^(```|~~~).*?^\1/gms, "").matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const slug = plain
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replace(/\s/g, "-");
    const count = counts.get(slug) ?? 0;
    counts.set(slug, count + 1);
    anchors.add(count === 0 ? slug : `${slug}-${count}`);
  }
  return anchors;
}

function faultOf(page, text, target) {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return null;
  const [path, anchor] = decodeURIComponent(target).split("#", 2);
  const file = path === "" ? page : join(path.startsWith("/") ? root : dirname(page), path);
  if (!existsSync(file)) return `there is no ${relative(root, file)}`;
  if (!anchor || statSync(file).isDirectory() || !file.endsWith(".md")) return null;
  return anchorsOf(file === page ? text : readFileSync(file, "utf8")).has(anchor)
    ? null
    : `there is no heading #${anchor}`;
}

for (const page of markdownFiles(root)) {
  const text = readFileSync(page, "utf8");
  for (const target of linksOf(text)) {
    const fault = faultOf(page, text, target);
    if (fault === null) continue;
    console.error(`${relative(root, page)}: ${target}: ${fault}`);
    process.exitCode = 1;
  }
}
