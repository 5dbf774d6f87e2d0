import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { catalogue } from "../../src/errors.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const reasons = Object.keys(catalogue);

/** The text of all code files in a folder but for the catalogue and this test. */
function codeIn(folder: string): string {
  const files = readdirSync(root + folder, { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => /\.m?ts$/.test(file) && !/(?:^|[\\/])errors(?:\.test)?\.ts$/.test(file))
    .map((file) => readFileSync(`${root}${folder}/${file}`, "utf8"))
    .join("\n");
}

describe("the catalogue of errors", () => {
  const [source, tests, page] = [codeIn("src"), codeIn("test"), readFileSync(`${root}docs/errors.md`, "utf8")];

  it.each(reasons)("%s is thrown somewhere, asserted in a test, and in the docs", (reason) => {
    expect(reason).toMatch(/^[A-Z]+(?:_[A-Z]+)*$/);
    const found = {
      thrown: source.includes(`"${reason}"`),
      asserted: new RegExp(`\\b${reason}\\b`).test(tests),
      told: page.includes(`\`${reason}\``),
    };
    expect(found).toEqual({ thrown: true, asserted: true, told: true });
  });

  it("is all that the docs list", () => {
    const listed = [...page.matchAll(/^\| `([A-Z_]+)` \| [^|]+\. \| /gm)].map(([, reason]) => reason);
    expect(listed.sort()).toEqual(reasons.sort());
  });
});
