import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { findLayerFaults, readSources } from "../../scripts/layers.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe("the layers of src/", () => {
  it("hold in every file", () => {
    const sources = readSources(root);
    expect(sources.size).toBeGreaterThan(50);
    expect(findLayerFaults(sources)).toEqual([]);
  });

  const forbidden: [path: string, text: string, fault: string][] = [
    ["src/store/a.ts", 'import { login } from "../accounts/login.js";', "may not import accounts/login.ts"],
    ["src/store/a.ts", 'import type { Parts } from "../parts.js";', "may not import parts.ts"],
    ["src/sessions/a.ts", 'export { send } from "../http/app.js";', "may not import http/app.ts"],
    ["src/sessions/a.ts", 'const { a } = await import("../graphql/a.js");', "may not import graphql/a.ts"],
    ["src/graphql/a.ts", 'import {\n  a,\n} from "../muster.js";', "may not import muster.ts"],
    ["src/http/a.ts", 'import { loadConfig } from "../config.js";', "may not import config.ts"],
    ["src/errors.ts", 'import { a } from "./clock.js";', "may not import clock.ts"],
    ["src/clock.ts", 'import { hrtime } from "node:process";', 'may not import "node:process"'],
    ["src/principal.ts", 'import type { Clock } from "./clock.js";', "may not import clock.ts"],
    ["src/accounts/a.ts", 'import jwt from "jsonwebtoken";', 'may not import "jsonwebtoken"'],
    ["src/accounts/a.ts", 'import type { Model } from "mongoose";', 'may not import "mongoose"'],
    ["src/muster.ts", 'import mongoose from "mongoose";', 'may not import "mongoose"'],
    ["src/store/a.ts", 'import { ObjectId } from "mongodb";', 'may not import "mongodb"'],
    ["src/store/a.ts", 'const redis = await import("@redis/client");', 'may not import "@redis/client"'],
    ["src/http/a.ts", 'import { Field } from "type-graphql";', 'may not import "type-graphql"'],
    ["src/accounts/a.ts", "@Resolver()\nexport class A {}", "has decorators, which only graphql may"],
    ["src/server.ts", "const port = process.env.PORT;", "reads process.env, which only config.ts may"],
    ["src/server.ts", 'const port = process["env"].PORT;', "reads process.env, which only config.ts may"],
    ["src/server.ts", "process.exit(1);", "ends the process, which only main.ts and cli/main.ts may"],
    ["src/utils/a.ts", "", "belongs to no layer: name it in scripts/layers.mjs"],
  ];
  it.each(forbidden)("refuse in %s: %s", (path, text, fault) => {
    expect(findLayerFaults(new Map([[path, text]]))).toEqual([`${path}: ${fault}`]);
  });

  const allowed: [path: string, text: string][] = [
    ["src/tokens/a.ts", 'import jwt from "jsonwebtoken";'],
    ["src/muster.ts", 'import type { Connection } from "mongoose";'],
    ["src/accounts/a.ts", 'import { a } from "../store/users.js";\nimport { b } from "./b.js";'],
    ["src/tokens/a.ts", "// process.exit(1) is for main.ts\n/* process.env too */"],
    ["src/embedded/a.ts", 'const script = `import mongoose from "mongoose"; process.exit(1)`;'],
  ];
  it.each(allowed)("allow in %s: %s", (path, text) => {
    expect(findLayerFaults(new Map([[path, text]]))).toEqual([]);
  });
});
