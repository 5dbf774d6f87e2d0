import type { UserStore } from "./users.js";

/** The database can't be used as it is; the message says what to do. */
export class StoreUnfitError extends Error {
  override readonly name = "StoreUnfitError";
}

const oldestMajor = 6;
const duplicatesShown = 5;

// what the connection has by default may be less
const primary = { readPreference: "primary" } as const;
const majority = { writeConcern: { w: "majority", j: true } } as const;

/**
 * Makes the database ready: MongoDB 6.0 or newer, no TTL index on users, the e-mail index unique, admins found by an index.
 *
 * @param needs `standing`: what stands against users is going to be loaded whole
 * @throws StoreUnfitError when it can't be used, with the duplicates that prevent the index
 */
export async function prepareStore(users: UserStore, needs = { standing: false }): Promise<void> {
  const collection = users.collection();
  const { version } = (await collection.db.admin().serverInfo()) as { version: string };
  if (Number.parseInt(version, 10) < oldestMajor) {
    throw new StoreUnfitError(`MongoDB ${version} is too old: 6.0 or newer is needed.`);
  }
  await refuseTtlIndexes(users);
  await ensureUniqueEmail(users);
  await ensureIndex(users, { roles: 1 }, { name: "muster_admins", partialFilterExpression: { roles: "admin" } });
  if (needs.standing) await ensureStandingIndexes(users);
}

/** So that a start reads those few users of whom something is to be known, and not all. */
async function ensureStandingIndexes(users: UserStore): Promise<void> {
  await ensureIndex(users, { enabled: 1 }, { partialFilterExpression: { enabled: false } });
  await ensureIndex(users, { tokensValidAfter: 1 }, { sparse: true });
  await ensureIndex(users, { "endedTokens.until": 1 }, { sparse: true });
}

/** An index that nothing but speed rests on. */
async function ensureIndex(users: UserStore, key: Record<string, 1>, options: object): Promise<void> {
  try {
    await users.collection().createIndex(key, { ...majority, ...options } as object);
  } catch (error) {
    // there is one of this name or with these keys already, made otherwise: that one does as well, or it is slower
    if (![85, 86].includes(Number((error as { code?: unknown }).code))) throw error;
  }
}

/** A TTL index on a date inside `sessions` would delete whole users. */
async function refuseTtlIndexes(users: UserStore): Promise<void> {
  const indexes = await users
    .collection()
    .indexes(primary)
    .catch((error: { code?: unknown }) => {
      if (error.code === 26) return []; // NamespaceNotFound: no user yet
      throw error;
    });
  const ttl = indexes.find((index) => index.expireAfterSeconds !== undefined);
  if (ttl) {
    throw new StoreUnfitError(
      `The index "${ttl.name}" on the users has a time to live: MongoDB would delete users by it. Drop the index.`,
    );
  }
}

async function ensureUniqueEmail(users: UserStore): Promise<void> {
  const { email } = users.fields;
  const collection = users.collection();
  try {
    await collection.createIndex({ [email]: 1 }, { unique: true, ...majority } as object);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 85 || code === 86) {
      throw new StoreUnfitError(
        `There is an index on "${email}" of the users that is not unique, or not of all users alike (partial, sparse, with a collation). Drop it, and start again.`,
      );
    }
    if (code !== 11000) throw error;
    const duplicates = await collection
      .aggregate(
        [
          { $group: { _id: `$${email}`, ids: { $push: { $toString: "$_id" } }, count: { $sum: 1 } } },
          { $match: { count: { $gt: 1 } } },
          { $limit: duplicatesShown },
        ],
        { readConcern: { level: "majority" }, ...primary },
      )
      .toArray();
    const shown = duplicates.map(({ ids }) => ids.slice(0, duplicatesShown).join(" = ")).join("; ");
    throw new StoreUnfitError(
      `Several users have one e-mail address, so "${email}" can't be unique. Merge them, and start again. By _id: ${shown}`,
    );
  }
}
