import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { LogoutDocument, MeDocument, send, startTestServer } from "../../src/testing/index.js";
import type { AccessClaims } from "../../src/tokens/claims.js";
import { createKeys } from "../../src/tokens/keys.js";
import { attacks, ecdsaTwin } from "./attacks.js";

const secret = "a secret of more than thirty-two bytes";
const pemOf = {
  RS256: () => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey,
  ES256: () => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey,
};

async function startWith(algorithm: "HS256" | "RS256" | "ES256") {
  if (algorithm === "HS256") return { keys: createKeys({ secret }), settings: { jwtSecret: secret } };
  const privateKeyPem = String(pemOf[algorithm]().export({ type: "pkcs8", format: "pem" }));
  const folder = await mkdtemp(join(tmpdir(), "muster-key-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const jwtPrivateKeyFile = join(folder, "key.pem");
  await writeFile(jwtPrivateKeyFile, privateKeyPem, { mode: 0o600 });
  return { keys: createKeys({ privateKeyPem }), settings: { jwtSecret: undefined, jwtPrivateKeyFile } };
}

/** As it is, even where it is empty. */
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

describe.each(["HS256", "RS256", "ES256"] as const)("over HTTP, %s", (algorithm) => {
  it("refuses every forged, mistyped, malformed and misplaced token with 401 and the right reason", async () => {
    const { keys, settings } = await startWith(algorithm);
    const server = await startTestServer({ mongodbUri: inject("mongoUri"), settings });
    onTestFinished(server.close);
    const client = await server.signUp();
    const good = client.accessToken;
    const goodClaims = JSON.parse(Buffer.from(good.split(".")[1]!, "base64url").toString()) as AccessClaims;

    const rows = attacks({ keys, good, goodClaims });
    expect(rows.length).toBeGreaterThan(60);
    for (const { name, token, reason } of rows) {
      const { status, code, reason: given, headers } = await send(server.url, MeDocument, {}, bearer(token));
      expect({ name, status, code, reason: given }).toEqual({ name, status: 401, code: "UNAUTHENTICATED", reason });
      expect(headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
    }
    const { refreshToken } = client;
    const misplaced = await client.request(MeDocument, {}, { token: refreshToken });
    expect(misplaced).toMatchObject({ status: 401, reason: "TOKEN_INVALID" });
    expect((await client.me()).status).toBe(200);
  }, 60_000);
});

it("knows the twin of an ECDSA signature for the same token: after logout both are refused", async () => {
  const { settings } = await startWith("ES256");
  const server = await startTestServer({ mongodbUri: inject("mongoUri"), settings });
  onTestFinished(server.close);
  const client = await server.signUp();
  const token = client.accessToken;
  const twin = ecdsaTwin(token);
  expect(twin).not.toBe(token);
  expect((await client.request(MeDocument, {}, { token: twin })).status).toBe(200);
  expect((await client.request(LogoutDocument, {}, { token: twin })).data?.logout.revokedCount).toBe(1);
  for (const each of [token, twin]) {
    expect(await client.request(MeDocument, {}, { token: each })).toMatchObject({
      status: 401,
      reason: "SESSION_REVOKED",
    });
  }
});
