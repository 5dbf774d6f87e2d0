import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { keepSigningKey } from "../../src/embedded/signing-key.js";
import { createKeys } from "../../src/tokens/keys.js";

const built = fileURLToPath(new URL("../../dist/embedded/signing-key.js", import.meta.url));
const script = `
import { readFile } from "node:fs/promises";
const { keepSigningKey } = await import(process.argv[1]);
const { path, made } = await keepSigningKey(process.argv[2]);
console.log(JSON.stringify({ made, pem: await readFile(path, "utf8") }));
`;

describe("the signing key that the server makes", () => {
  it("is made once by many processes that start at once, and all get the same", async () => {
    const dataDir = join(await mkdtemp(join(tmpdir(), "muster-key-")), "new");
    const run = () => promisify(execFile)(process.execPath, ["--input-type=module", "-e", script, built, dataDir]);
    const answers = (await Promise.all(Array.from({ length: 6 }, run))).map(
      ({ stdout }) => JSON.parse(stdout) as { made: boolean; pem: string },
    );
    expect(answers.filter(({ made }) => made)).toHaveLength(1);
    expect(new Set(answers.map(({ pem }) => pem))).toHaveLength(1);
    expect(await readdir(dataDir)).toEqual(["signing-key.pem"]);
  });

  it("can be read by its owner alone, and signs with ES256", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "muster-key-"));
    const { path } = await keepSigningKey(dataDir);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(createKeys({ privateKeyPem: await readFile(path, "utf8") }).algorithm).toBe("ES256");
  });

  it("is kept from one start to the next", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "muster-key-"));
    const first = await keepSigningKey(dataDir);
    const pem = await readFile(first.path, "utf8");
    expect(await keepSigningKey(dataDir)).toEqual({ path: first.path, made: false });
    expect(await readFile(first.path, "utf8")).toBe(pem);
  });
});
