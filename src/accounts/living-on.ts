import type { Parts } from "../parts.js";
import type { Capability } from "../revocation/strategy.js";

/**
 * Until when access tokens live on that were ended just now, at the latest; undefined where the strategy can end them.
 *
 * @param takes what the strategy must be able to end
 */
export function livingOn({ strategy, rules, clock }: Parts, takes: Capability): Date | undefined {
  if (strategy.capabilities.includes(takes)) return undefined;
  return new Date(clock.now() + rules.accessTokenSeconds * 1_000);
}
