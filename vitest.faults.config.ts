import { defineConfig } from "vitest/config";
import base from "./vitest.config.js";

/** Leases under faults, and without their rules: `npm run test:faults`. */
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
