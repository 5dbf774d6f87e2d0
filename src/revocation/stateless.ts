import type { Strategy } from "./strategy.js";

/**
 * Nothing is asked: a token is good until it expires. No guard but signature, expiry and key; only a field that needs the user finds out that
 * the user was disabled or deleted.
 */
export const stateless = (): Strategy => ({
  name: "stateless",
  capabilities: [],
  unread: () => "admit",
  judge: () => null,
});
