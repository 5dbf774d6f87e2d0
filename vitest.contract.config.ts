import { defineConfig } from "vitest/config";
import base from "./vitest.config.js";

/** Every strategy through the same events: `npm run test:contract`. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ["test/contract/**/*.test.ts"],
    exclude: [],
    testTimeout: 60_000,
  },
});
