import { generateKeyPair, randomBytes } from "node:crypto";
import { link, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/**
 * The file with the signing key that `dataDir` keeps (a P-256 key in PKCS#8 PEM, for ES256, mode 0600), made at the first call.
 * Any number of processes may call it at once: one makes it, all get the same.
 */
export async function keepSigningKey(dataDir: string): Promise<{ path: string; made: boolean }> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, "signing-key.pem");
  const draft = join(dataDir, `.key-${randomBytes(8).toString("hex")}`);
  const { privateKey } = await promisify(generateKeyPair)("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  try {
    await writeFile(draft, privateKey, { flag: "wx", mode: 0o600, flush: true });
    // a link to the finished file: exclusive, and never half-written
    await link(draft, path);
    return { path, made: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return { path, made: false };
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}
