// `npm run check`: everything that npm packages alone can check. One line a fault; the exit code says whether there was one.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** In order: the later ones look at what the build made. */
const steps = ["lint", "layers", "types", "links", "build", "schema", "codegen", "docs"];

const run = (step) => {
  const script = step === "build" ? "build" : `check:${step}`;
  const { status } = spawnSync("npm", ["run", "--silent", script], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  console.log(`${status === 0 ? "ok    " : "FAILED"} ${step}`);
  return status === 0;
};

const failed = steps.filter((step) => !run(step));
if (failed.length > 0) {
  console.error(`npm run check: ${failed.length} of ${steps.length} failed: ${failed.join(", ")}`);
  process.exitCode = 1;
}
