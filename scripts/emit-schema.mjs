// Writes schema/schema.graphql from the code, or with --check fails where it differs.
import { readFile, writeFile } from "node:fs/promises";
import { buildAccountSchema, printTypeDefs } from "../dist/graphql/build-schema.js";

const file = new URL("../schema/schema.graphql", import.meta.url);
const text = printTypeDefs(buildAccountSchema());

if (process.argv.includes("--check")) {
  if ((await readFile(file, "utf8").catch(() => "")) !== text) {
    console.error("schema/schema.graphql is not what the code says: run `npm run schema:emit`.");
    process.exit(1);
  }
} else {
  await writeFile(file, text);
}
