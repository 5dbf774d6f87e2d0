import { defineConfig } from "vitest/config";
import base from "./vitest.config.js";

/** The races in full: `npm run test:long`. One file after the other, so that its figures are its own. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ["test/faults/**/*.test.ts"],
    exclude: [],
    fileParallelism: false,
    disableConsoleIntercept: true,
  },
});
