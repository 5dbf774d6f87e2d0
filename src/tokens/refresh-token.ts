import { createHmac, timingSafeEqual } from "node:crypto";
import { idPattern } from "./claims.js";

/** What a refresh token says. `generation` counts the rotations of its session. */
export type RefreshContent = { userId: string; sessionId: string; generation: number };

/** A refresh token taken apart. Nothing of it is to be believed before `hasGoodMac`. */
export type ParsedRefreshToken = RefreshContent & { mac: Buffer };

const longestUserIdBytes = 200;
const longestToken = 400;
/** The generation is decimal without leading zeros; the last character of the 32-byte `mac` has two spare bits. */
const compactForm = /^([\w-]{2,})\.([\w-]{22})\.(0|[1-9]\d{0,15})\.([\w-]{42}[AEIMQUYcgkosw048])$/;

/**
 * Writes `userId.sessionId.generation.mac`: the user's id in base64url, the session's as it is, the generation in
 * decimal, and an HMAC-SHA-256 (RFC 2104) over these and the session's `refreshSeed`. The same input gives the same
 * token, so nothing of it is stored. `key` is 32 bytes derived for this use alone; `userId` is any text of 1 to 200
 * bytes. Throws `TypeError` for anything else.
 */
export function makeRefreshToken(key: Buffer, content: RefreshContent & { refreshSeed: string }): string {
  const { userId, sessionId, generation, refreshSeed } = content;
  const bytes = Buffer.from(userId, "utf8");
  if (bytes.length < 1 || bytes.length > longestUserIdBytes || bytes.toString("utf8") !== userId) {
    throw new TypeError(`A user's id must be well-formed text of 1 to ${longestUserIdBytes} bytes.`);
  }
  if (!idPattern.test(sessionId)) throw new TypeError("A session's id must be 16 bytes in base64url.");
  if (!isGeneration(generation)) throw new TypeError("A generation must be a whole number from 0 on.");
  if (!refreshSeed) throw new TypeError("A session's refresh seed must not be empty.");
  return `${body(content)}.${macOf(key, content, refreshSeed).toString("base64url")}`;
}

/**
 * Takes a refresh token apart, or gives null where it is not exactly of the form that `makeRefreshToken` writes. This
 * proves nothing: the session must be found, and then `hasGoodMac` asked.
 */
export function parseRefreshToken(text: unknown): ParsedRefreshToken | null {
  if (typeof text !== "string" || text.length > longestToken) return null;
  const [, user, sessionId, digits, mac] = compactForm.exec(text) ?? [];
  if (user === undefined || sessionId === undefined || digits === undefined || mac === undefined) return null;
  const bytes = Buffer.from(user, "base64url");
  const userId = bytes.toString("utf8");
  const generation = Number(digits);
  if (bytes.length > longestUserIdBytes || !idPattern.test(sessionId) || !isGeneration(generation)) return null;
  // Stray bits and bytes that are not UTF-8 do not survive being written again.
  if (!text.startsWith(`${body({ userId, sessionId, generation })}.`)) return null;
  return { userId, sessionId, generation, mac: Buffer.from(mac, "base64url") };
}

/** Whether we made this token for the session with this seed. Takes the same time wherever the `mac` differs. */
export function hasGoodMac(key: Buffer, token: ParsedRefreshToken, refreshSeed: string): boolean {
  if (!refreshSeed || token.mac.length !== 32) return false;
  return timingSafeEqual(macOf(key, token, refreshSeed), token.mac);
}

function body({ userId, sessionId, generation }: RefreshContent): string {
  return `${Buffer.from(userId, "utf8").toString("base64url")}.${sessionId}.${generation}`;
}

/** The first three parts hold no dot of their own, so that the whole reads in one way only, whatever the seed. */
function macOf(key: Buffer, content: RefreshContent, refreshSeed: string): Buffer {
  return createHmac("sha256", key)
    .update(`${body(content)}.${refreshSeed}`, "utf8")
    .digest();
}

function isGeneration(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
