import { crc32 } from "node:zlib";
import type { System } from "../auth-state/system.js";
import type { Feed } from "../feed/feed.js";
import { userIdOf } from "../tokens/subject.js";
import { createMoments } from "./moments.js";
import { sessionList } from "./session-list.js";
import type { Strategy } from "./strategy.js";

const decimal = /^(?:0|[1-9]\d{0,19})$/;

/**
 * A token carries its user's group and a stamp: the cluster time up to which its issuer had applied everything before the token was put on
 * the roll. While since then nobody of the group has lost anything, the token is good, and nobody is read. An older one is judged by the
 * roll and, if good, made again with a newer stamp.
 *
 * A group is a hash of the user's id, which is what events name; a replaced subject stays in its group. No clock takes part.
 */
export function groupEpoch({
  feed,
  system,
  groups,
}: {
  feed: Pick<Feed, "listen" | "freshForMs" | "appliedThrough">;
  system: System;
  groups: number;
}): Strategy {
  const groupOf = (userId: string) => crc32(userId) % groups;
  const moments = createMoments({ feed, groups, groupOf });

  /** A login in flight has a counter from before its stamp. */
  const isOfNow = ({ sys, ims }: { sys: number; ims: number }) => {
    const everybody = system.remembered();
    if (!everybody) return false;
    return sys >= everybody.counter && ims >= everybody.tokensValidAfterMs;
  };

  return {
    name: "group-epoch",
    capabilities: ["ONE_SESSION", "OTHER_SESSIONS", "ALL_SESSIONS", "BY_TIME", "EVERYTHING"],
    entry: (userId) => ({ grp: [groupOf(userId), String(feed.appliedThrough() ?? 0)] }),
    ownClaims: ({ _id }, { grp }) => ({ grp: grp ?? [groupOf(String(_id)), "0"] }),
    parseOwn({ grp }) {
      if (!Array.isArray(grp) || grp.length !== 2) return null;
      const [group, stamp] = grp as unknown[];
      if (!Number.isSafeInteger(group) || typeof stamp !== "string" || !decimal.test(stamp)) return null;
      return { grp: [group as number, stamp] };
    },
    judge: sessionList().judge,
    unread({ claims }) {
      const group = groupOf(userIdOf(claims.sub));
      const [ofGroup, text] = claims.grp!;
      const stamp = BigInt(text);
      // made under another number of groups: its stamp is as good, but it is to be made anew
      if (ofGroup === group && moments.isNothingSince(group, stamp) && isOfNow(claims)) return "admit";
      // the roll is read after this
      const proved = moments.proved();
      if (proved === null || !moments.isNothingSince(group, proved)) return null;
      return stamp < proved || ofGroup !== group ? { renew: { grp: [group, String(proved)] } } : null;
    },
  };
}
