import { ownFields } from "../auth-state/auth-state.js";
import type { System } from "../auth-state/system.js";
import { MusterError } from "../errors.js";
import type { Feed } from "../feed/feed.js";
import type { Standing } from "../standing/standing.js";
import type { FilledDenylist } from "../store/filled-denylist.js";
import type { TokenEntry, UserDocument } from "../store/user.model.js";
import type { OwnClaims } from "../tokens/claims.js";
import type { Keys } from "../tokens/keys.js";
import { denylist } from "./denylist.js";
import { derivedSecret } from "./derived-secret.js";
import { groupEpoch } from "./group-epoch.js";
import type { KeptTokens } from "./kept-tokens.js";
import { opaque } from "./opaque.js";
import { revokedBefore } from "./revoked-before.js";
import { sessionList } from "./session-list.js";
import { stateless } from "./stateless.js";
import { capabilities, type Strategy } from "./strategy.js";
import { tokenKey } from "./token-key.js";
import { tokenVersion } from "./token-version.js";
import { validAfter } from "./valid-after.js";

/** What strategies are made of. */
export type StrategyParts = {
  keys: Keys;
  feed: Feed;
  system: System;
  /** What this instance knows against users; it is kept from when it is asked for. */
  standing: () => Standing;
  /** How many groups `group-epoch` has. */
  groups: number;
  /** The list that `denylist` asks at each request; null where it is in memory. */
  denylist: () => FilledDenylist | null;
  /** The tokens of `opaque`, and the store that they are kept in. */
  kept: () => KeptTokens;
};

/** Every strategy there is, by its name. */
export const strategies = {
  "session-list": sessionList,
  "token-version": tokenVersion,
  "token-key": tokenKey,
  "valid-after": validAfter,
  "revoked-before": revokedBefore,
  denylist,
  "derived-secret": derivedSecret,
  "group-epoch": groupEpoch,
  opaque,
  stateless,
} as const satisfies Record<string, (parts: StrategyParts) => Strategy>;

/**
 * What a strategy adds to a token: its name as well, but for the roll's, so that no token is ever judged by a strategy that did not make it.
 * The roll judges any token.
 */
export const ownClaimsOf = (
  { name, ownClaims }: Pick<Strategy, "name" | "ownClaims">,
  user: UserDocument,
  entry: TokenEntry,
): OwnClaims => ({ ...(name !== "session-list" && { judged_by: name }), ...ownClaims?.(user, entry) });

/** Whether a payload is that of a token which was signed with a key of its user. */
export const isKeyedByUser = ({ judged_by }: Record<string, unknown>): boolean => judged_by === "derived-secret";

/** What it added, out of a payload. @throws MusterError `TOKEN_SUPERSEDED` where another strategy made the token, `TOKEN_INVALID` */
export function parseOwnClaims(
  { name, parseOwn }: Pick<Strategy, "name" | "parseOwn">,
  payload: Record<string, unknown>,
): OwnClaims {
  if (name === "session-list") return {};
  if (payload.judged_by !== name) throw new MusterError("TOKEN_SUPERSEDED", { cause: "claim judged_by" });
  const own = parseOwn ? parseOwn(payload) : {};
  if (own === null) throw new MusterError("TOKEN_INVALID", { cause: "own claims" });
  return { judged_by: name, ...own };
}

/** One of ours by its name, or one of yours. @throws TypeError for a name that there is none of, and for what is no strategy */
export function strategyOf(chosen: StrategyName | Strategy | undefined, parts: StrategyParts): Strategy {
  if (typeof chosen === "object") return checked(chosen);
  const name = chosen ?? "session-list";
  if (!Object.hasOwn(strategies, name))
    throw new TypeError(`There is no strategy of this name: choose one of ${strategyNames.join(", ")}.`);
  return strategies[name](parts);
}

export type StrategyName = keyof typeof strategies;

export const strategyNames = Object.keys(strategies) as [StrategyName, ...StrategyName[]];

/** One that judges by what it is never given would refuse, or admit, everybody. @throws TypeError */
function checked(strategy: Strategy): Strategy {
  const { name, capabilities: can, fields = [], judge } = strategy;
  const faults = [
    ...(typeof name === "string" && name !== "" ? [] : ["It needs a name."]),
    ...(typeof judge === "function" ? [] : ["It needs a function judge."]),
    ...(Array.isArray(can) ? [] : ["It needs its capabilities, an array."]),
    ...unknownIn("capability", can, capabilities),
    ...unknownIn("field", fields, ownFields),
  ];
  if (faults.length > 0) throw new TypeError(`This is no strategy. ${faults.join(" ")}`);
  return strategy;
}

const unknownIn = (what: string, given: unknown, known: readonly string[]) =>
  (Array.isArray(given) ? given : [])
    .filter((each) => !known.includes(each))
    .map((each) => `There is no ${what} ${String(each)}: there are ${known.join(", ")}.`);
