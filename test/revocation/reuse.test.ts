import { expect, inject, it, onTestFinished } from "vitest";
import { RefreshDocument, send, startTestServer } from "../../src/testing/index.js";
import { outcomeOf } from "../support/outcome.js";

it.each([
  ["token-version", true],
  ["session-list", false],
] as const)(
  "says under %s until when access tokens live on whose refresh token was used twice: %s",
  async (strategy, livesOn) => {
    const settings = { strategy, refreshGraceSeconds: 0 };
    const server = await startTestServer({ mongodbUri: inject("mongoUri"), settings });
    onTestFinished(server.close);
    const phone = await server.signUp();
    const input = { refreshToken: phone.refreshToken };
    await phone.refresh();
    const again = await send(phone.url, RefreshDocument, { input });
    expect(outcomeOf(again)).toBe("401 UNAUTHENTICATED REFRESH_REUSED");
    expect(outcomeOf(await phone.me())).toBe(livesOn ? "ok" : "401 UNAUTHENTICATED SESSION_REVOKED");
    const until = again.muster?.accessTokensLiveUntil;
    if (!livesOn) return void expect(until).toBeUndefined();
    expect(Date.parse(String(until))).toBeGreaterThanOrEqual(Date.parse(phone.credentials.accessTokenExpiresAt));
  },
);
