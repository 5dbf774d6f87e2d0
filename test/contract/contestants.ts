import type { Config } from "../../src/config.js";

/** Reads that one request asks of MongoDB: from memory under a lease, and without leases. */
export type Reads = { leased: number; "read-through": number };

/** A strategy as a deployment may choose it. */
export type Contestant = {
  title: string;
  settings: Partial<Config>;
  /** What a guarded field asks that needs nothing else. */
  guarded: Reads;
  /** What `me` asks. */
  me: Reads;
  /** Commands that either asks of Redis; where this is given, one has to be there. */
  redis?: number;
};

/** Judged by the user's state, which memory has where there is a lease. */
const byUser = { guarded: { leased: 0, "read-through": 1 }, me: { leased: 0, "read-through": 1 } };
/** Judged by what the feed has told; without one, as the others. */
const byFeed = byUser;
/** Judged by a record, and the guards by what the feed has told; without one, by the user's state as well. */
const byRecord = { guarded: { leased: 1, "read-through": 2 }, me: { leased: 1, "read-through": 2 } };
/** Never judged; the user is looked at only where something needs it. */
const unread = { guarded: { leased: 0, "read-through": 0 }, me: { leased: 0, "read-through": 1 } };

/** Every strategy there is, in every form that it takes: a new one is one line. */
export const contestants: readonly Contestant[] = [
  { title: "session-list", settings: { strategy: "session-list" }, ...byUser },
  { title: "token-version", settings: { strategy: "token-version" }, ...byUser },
  { title: "token-key", settings: { strategy: "token-key" }, ...byUser },
  { title: "valid-after", settings: { strategy: "valid-after" }, ...byUser },
  { title: "revoked-before", settings: { strategy: "revoked-before" }, ...byFeed },
  { title: "denylist", settings: { strategy: "denylist" }, ...byFeed },
  {
    title: "denylist in Redis",
    settings: { strategy: "denylist", denylistStore: "redis" },
    ...byFeed,
    redis: 1,
  },
  { title: "derived-secret", settings: { strategy: "derived-secret" }, ...byUser },
  { title: "group-epoch", settings: { strategy: "group-epoch" }, ...byFeed },
  { title: "opaque", settings: { strategy: "opaque" }, ...byRecord },
  { title: "opaque, as a JWT", settings: { strategy: "opaque", opaqueFormat: "jwt" }, ...byRecord },
  { title: "opaque in Redis", settings: { strategy: "opaque", opaqueStore: "redis" }, ...byFeed, redis: 1 },
  { title: "stateless", settings: { strategy: "stateless" }, ...unread },
];
