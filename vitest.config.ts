import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(`src/${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve("graphql/index.js")) },
      // the examples import the package by its name
      { find: /^muster-auth$/, replacement: source("index.ts") },
      { find: /^muster-auth\/graphql-ws$/, replacement: source("sockets/graphql-ws.ts") },
      { find: /^muster-auth\/socket\.io$/, replacement: source("sockets/socket-io.ts") },
    ],
  },
  test: {
    globalSetup: "test/support/global-setup.ts",
    include: ["test/**/*.test.ts"],
    exclude: ["test/long/**", "test/faults/**", "test/contract/**"],
    // by default one core is left to itself, and most of a test is waiting for MongoDB
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
