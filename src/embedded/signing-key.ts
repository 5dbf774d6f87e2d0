import { generateKeyPair, randomBytes } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/**
 * The file with the signing key that `dataDir` keeps (a P-256 key in PKCS#8 PEM, for ES256, mode 0600), made at the first call.
 * Any number of processes may call it at once: one makes it, all get the same.
 */
export async function keepSigningKey(dataDir: string): Promise<{ path: string; made: boolean }> {
  const { privateKey } = await promisify(generateKeyPair)("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  return keep(dataDir, "signing-key.pem", privateKey);
}

/** The secret that `dataDir` keeps (32 random bytes in base64url, for HS256), in the same way. */
export async function keepSecret(dataDir: string): Promise<{ path: string; made: boolean; secret: string }> {
  const kept = await keep(dataDir, "signing-secret", randomBytes(32).toString("base64url"));
  return { ...kept, secret: await readFile(kept.path, "utf8") };
}

/** Keeps a text in a file of mode 0600: the first one that it was called with. */
async function keep(dataDir: string, name: string, text: string): Promise<{ path: string; made: boolean }> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, name);
  const draft = join(dataDir, `.key-${randomBytes(8).toString("hex")}`);
  try {
    await writeFile(draft, text, { flag: "wx", mode: 0o600, flush: true });
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
