// `npm install` in a checkout compiles as well, so that `npm start` only starts.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

function isCompilerInstalled() {
  try {
    createRequire(import.meta.url).resolve("typescript/package.json");
    return true;
  } catch {
    return false;
  }
}

if (isCompilerInstalled()) {
  execFileSync("npm", ["run", "build"], { cwd: root, stdio: "inherit", shell: process.platform === "win32" });
} else if (!existsSync(new URL("../dist/main.js", import.meta.url))) {
  console.error("Muster could not be compiled: development dependencies were left out. Run: npm install --include=dev");
  process.exit(1);
}
