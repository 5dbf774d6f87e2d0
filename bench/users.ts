import mongoose, { type Connection } from "mongoose";
import type { SessionElement, UserDocument } from "../src/store/user.model.js";
import { newId } from "../src/tokens/claims.js";
import { issueAccessToken } from "../src/tokens/issue.js";
import type { Keys } from "../src/tokens/keys.js";

/** How long tokens of a run live: longer than the run. */
export const tokenSeconds = 86_400;

export type Population = {
  /** How many users are stored. */
  stored: number;
  /** How many of them have a token, evenly spread. */
  active: number;
  sessionsEach: number;
};

/** A user who is signed in. */
export type Bearer = { id: string; email: string; token: string };

const batchSize = 1_000;

/**
 * Fills a database with users as sign-up and log-in leave them, and gives tokens of the active ones: the first user's of the first
 * session, the next one's of the second, and so on.
 */
export async function populate(
  connection: Connection,
  { stored, active, sessionsEach }: Population,
  { keys, passwordHash }: { keys: Keys; passwordHash: string },
  onProgress: (users: number) => void = () => {},
): Promise<Bearer[]> {
  const users = connection.db!.collection<UserDocument & { _id: mongoose.mongo.ObjectId }>("users");
  await users.createIndex({ email: 1 }, { unique: true });
  const now = new Date();
  const bearers: Bearer[] = [];
  const every = Math.floor(stored / active);
  for (let first = 0; first < stored; first += batchSize) {
    const batch = Array.from({ length: Math.min(batchSize, stored - first) }, (_, index) =>
      userOf(first + index, sessionsEach, passwordHash, now),
    );
    for (let index = 0; index < batch.length && bearers.length < active; index++) {
      if ((first + index) % every === 0) bearers.push(bearerOf(batch[index]!, bearers.length % sessionsEach, keys));
    }
    await users.insertMany(batch, { ordered: false, writeConcern: { w: 1 } });
    onProgress(first + batch.length);
  }
  return bearers;
}

function userOf(number: number, sessionsEach: number, passwordHash: string, now: Date) {
  return {
    _id: new mongoose.mongo.ObjectId(),
    email: `user-${String(number).padStart(7, "0")}@example.org`,
    passwordHash,
    passwordChangedAt: now,
    enabled: true,
    roles: [],
    scopes: [],
    credentialVersion: 0,
    epoch: 0,
    lastLoginAt: now,
    lastLogoutAt: null,
    createdAt: now,
    sessions: Array.from({ length: sessionsEach }, () => sessionOf(now)),
    ended: [],
    rev: newId(),
    grew: newId(),
  } as unknown as UserDocument & { _id: mongoose.mongo.ObjectId };
}

function sessionOf(now: Date): SessionElement {
  return {
    id: newId(),
    jtis: [{ jti: newId(), issuedAt: now, expiresAt: new Date(now.getTime() + tokenSeconds * 1_000) }],
    generation: 0,
    refreshSeed: newId(),
    rotatedAt: now,
    createdAt: now,
    lastUsedAt: now,
    expiresAt: new Date(now.getTime() + 14 * 86_400_000),
    authTime: now,
    sys: 0,
    ip: "203.0.113.7",
    userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    deviceName: null,
  };
}

function bearerOf({ _id, email, sessions }: UserDocument, session: number, keys: Keys): Bearer {
  const { id: sid, jtis, authTime } = sessions[session]!;
  const { jti, issuedAt, expiresAt } = jtis[0]!;
  const sub = String(_id);
  const content = { issuer: "muster", audience: "muster", sub, sid, jti, issuedAt, expiresAt, authTime, sys: 0 };
  return { id: sub, email, token: issueAccessToken(keys, content) };
}
