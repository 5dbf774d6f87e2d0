import type { UserStore } from "./users.js";

/**
 * How many sessions all users together have; null where that can't be counted in time.
 *
 * @param sessions an expression for those of one user that count
 */
export async function countSessions(
  { collection }: Pick<UserStore, "collection">,
  sessions: unknown,
  limitMs: number,
): Promise<number | null> {
  const stages = [
    { $match: { "sessions.0": { $exists: true } } },
    { $group: { _id: null, count: { $sum: { $size: sessions } } } },
  ];
  try {
    const [found] = await collection()
      .aggregate<{ count: number }>(stages, {
        readConcern: { level: "majority" },
        readPreference: "primary",
        maxTimeMS: limitMs,
        signal: AbortSignal.timeout(limitMs),
      })
      .toArray();
    return found?.count ?? 0;
  } catch {
    return null;
  }
}
