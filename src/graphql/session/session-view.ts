import Bowser from "bowser";
import type { SessionElement } from "../../store/user.model.js";
import type { Session } from "./session.type.js";

/** A session for an answer: never a token, a `jti` or what a token is made from. */
export function viewOfSession(session: SessionElement, currentId: string | null): Session {
  const { id, createdAt, lastUsedAt, expiresAt, ip, userAgent, deviceName } = session;
  return {
    id,
    createdAt,
    lastUsedAt,
    expiresAt,
    ip: ip ?? null,
    userAgent: userAgent ?? null,
    ...deviceOf(userAgent),
    deviceName: deviceName ?? null,
    isCurrent: id === currentId,
  };
}

function deviceOf(userAgent: string | null): { browser: string | null; os: string | null } {
  if (!userAgent) return { browser: null, os: null };
  const { browser, os } = Bowser.parse(userAgent);
  const major = browser.version?.split(".", 1)[0];
  return {
    browser: browser.name ? [browser.name, major].filter(Boolean).join(" ") : null,
    os: os.name ? [os.name, os.versionName ?? os.version].filter(Boolean).join(" ") : null,
  };
}
