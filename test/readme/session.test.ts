import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { runSession, sessionOf } from "../../scripts/readme-session.mjs";
import { startTestServer, type TestServer } from "../../src/testing/index.js";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

describe("the README's session", () => {
  let server: TestServer;
  let folder: string;

  /** The shell's environment, with a `curl` that is Node. */
  const environment = () => ({ ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "muster-readme-"));
    const curl = join(folder, "curl");
    await writeFile(curl, `#!/bin/sh\nexec "${process.execPath}" "${at("./node-curl.mjs")}" "$@"\n`);
    await chmod(curl, 0o755);
    server = await startTestServer({ mongodbUri: inject("mongoUri"), settings: { passwordMinLength: 15 } });
  });
  afterAll(async () => {
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("answers at every step as the README says", async () => {
    const steps = sessionOf(await readFile(at("../../README.md"), "utf8"));
    const { outputs, faults } = await runSession({ steps, origin: new URL(server.url).origin, env: environment() });
    expect(faults).toEqual([]);
    expect(steps.length).toBeGreaterThan(3);
    expect(outputs.join("\n")).toContain("SESSION_REVOKED");
  });

  it("is not passed by answers that differ", async () => {
    const steps = sessionOf("```sh session\necho yes\n# → no\necho a b c\n# → a … c\n```\n");
    const { faults } = await runSession({ steps, origin: "", env: environment() });
    expect(faults).toEqual(["echo yes\n  expected: no\n  answered: yes"]);
  });

  it("is not passed by a command that fails", async () => {
    const steps = sessionOf("```sh session\nfalse\n# → …\necho after\n# → after\n```\n");
    const { faults } = await runSession({ steps, origin: "", env: environment() });
    expect(faults).toHaveLength(3);
  });
});
