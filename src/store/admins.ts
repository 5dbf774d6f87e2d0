import type { Connection } from "mongoose";
import { MusterError } from "../errors.js";
import { bounded } from "./bounded.js";
import { hasChangeStreams } from "./change-streams.js";
import { databaseOf } from "./database-of.js";
import { adminsId, type SystemDocument, systemCollection } from "./system.js";
import type { InTransaction } from "./transaction.js";
import type { UserStore } from "./users.js";

/** Whoever counts as one: with this role, and not disabled. */
export const enabledAdmin = { roles: "admin", enabled: { $ne: false } } as const;

/** Sees to it that one is left. */
export type Admins = {
  /** Makes it possible to count them. @throws MusterError `TRANSACTIONS_UNAVAILABLE`, `STORE_UNREACHABLE` */
  prepare(): Promise<void>;
  /**
   * As a part of a transaction that takes the user's power: the last one keeps it. Each such transaction writes one document, so that of two at once
   * one is begun again, and counts again. @throws MusterError `LAST_ADMIN`
   */
  sparing(userKey: unknown): InTransaction<void>;
};

const operationMs = 1_000;

export function createAdmins({
  connection,
  users,
  beforeWrite,
  meets = true,
}: {
  /** That of the revocations, which such a write goes by. */
  connection: Connection;
  users: Pick<UserStore, "place">;
  /** Held when the others are counted: tests put their barriers here. */
  beforeWrite?: ((name: string) => Promise<void>) | undefined;
  /** Off only to show that the tests notice: nothing is written that two could meet at. */
  meets?: boolean;
}): Admins {
  const { database, collection } = users.place;
  const systemDocuments = () => databaseOf(connection, database).collection<SystemDocument>(systemCollection);
  return {
    async prepare() {
      const available = await bounded(operationMs, () => hasChangeStreams(connection));
      if (!available) throw new MusterError("TRANSACTIONS_UNAVAILABLE");
      await bounded(operationMs, (signal) =>
        systemDocuments().updateOne({ _id: adminsId }, { $setOnInsert: { counter: 0 } }, {
          upsert: true,
          writeConcern: { w: "majority", j: true },
          signal,
        } as object),
      );
    },

    sparing: (userKey) => async (session, signal) => {
      const admins = await databaseOf(connection, database)
        .collection(collection)
        .find(enabledAdmin, { projection: { _id: 1 }, limit: 2, session, signal })
        .toArray();
      await beforeWrite?.("last-admin");
      if (admins.length === 1 && String(admins[0]!._id) === String(userKey)) throw new MusterError("LAST_ADMIN");
      if (meets)
        await systemDocuments().updateOne({ _id: adminsId }, { $inc: { counter: 1 } }, { session, signal } as object);
    },
  };
}
