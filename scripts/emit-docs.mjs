// Writes what the docs take from the code: docs/errors.md, and the table of settings wherever a page has its markers.
// With --check it only says what differs. It reads dist/: build first.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { configTable } from "../dist/config.js";
import { errorsPage } from "./errors-page.mjs";

const isCheck = process.argv.includes("--check");
const begin = "<!-- config:begin -->";
const end = "<!-- config:end -->";
const at = (path) => new URL(`../${path}`, import.meta.url);
const read = (path) => (existsSync(at(path)) ? readFileSync(at(path), "utf8") : null);

function complain(fault) {
  console.error(fault);
  process.exitCode = 1;
}

function put(path, text) {
  if (read(path) === text) return;
  if (isCheck) return complain(`${path} is not what the code says: run \`npm run docs:emit\`.`);
  mkdirSync(new URL(".", at(path)), { recursive: true });
  writeFileSync(at(path), text);
}

/** Everything between the markers is the table's. */
function withTable(path, text) {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from) {
    complain(`${path} has no ${begin} … ${end} for the table of settings.`);
    return text;
  }
  return `${text.slice(0, from + begin.length)}\n\n${configTable()}\n\n${text.slice(to)}`;
}

put("docs/errors.md", errorsPage());
const readme = read("README.md");
if (readme === null) complain("There is no README.md.");
else put("README.md", withTable("README.md", readme));
const configuration = read("docs/configuration.md");
if (configuration?.includes(begin)) put("docs/configuration.md", withTable("docs/configuration.md", configuration));
