import mongoose, { type Connection, type Model } from "mongoose";
import { bounded } from "./bounded.js";
import { type ClusterTime, toClusterTime } from "./cluster-time.js";
import { clientOf, databaseOf } from "./database-of.js";
import { inOrder } from "./in-order.js";
import { type SystemDocument, type SystemState, toSystemState, withSystem } from "./system.js";
import { type InTransaction, inTransaction } from "./transaction.js";
import { createTurns } from "./turns.js";
import type { EndedEntry, SessionElement, UserDocument } from "./user.model.js";
import { userModel } from "./user.model.js";

export type ReadLevel = "majority" | "linearizable";

/** What the fields that a foreign model may call otherwise are called here. */
export type FieldNames = { email: string; passwordHash: string };

export type UserStoreOptions = {
  connection: Connection;
  /** Revocations go by this one, so that they never queue behind reads; the same one when left out. */
  controlConnection?: Connection | undefined;
  /** A model of the application's own; ours when left out. */
  // biome-ignore lint/suspicious/noExplicitAny: a model of any shape will do, and Model is invariant in it
  model?: Model<any, any, any, any, any, any> | undefined;
  fields?: Partial<FieldNames> | undefined;
  readConcern?: ReadLevel | undefined;
  /** The longest that one operation may take, in milliseconds. */
  operationMs?: number;
  /** Held before each write is sent: tests put their barriers here. */
  beforeWrite?: ((name: string) => Promise<void>) | undefined;
  /** `majority`; 1 only to show that the tests notice. */
  w?: "majority" | 1;
};

type Filter = Record<string, unknown>;
type Pipeline = Record<string, unknown>[];

/** What is read of a user: fields by our names, one session instead of all, the time by the database's clock. */
export type Pick = {
  fields: readonly (
    | keyof UserDocument
    | `sessions.${keyof SessionElement}`
    | "sessions.jtis.jti"
    | "sessions.jtis.issuedAt"
    | `ended.${keyof EndedEntry}`
    | "endedTokens.jti"
  )[];
  /** Of the roll, only the session with this id. */
  session?: string;
  /** Adds `databaseNow`. */
  databaseNow?: true;
};

export type UpdateOptions = {
  answer: "before" | "after";
  pick: Pick;
  upsert?: boolean;
  /** Goes by the connection of the feed. */
  revokes?: boolean;
  /** Makes the write part of a transaction, and comes first in it; may be called again. Goes by the connection of the feed. */
  first?: InTransaction<void> | undefined;
};

/** A user with only those fields that were picked. */
export type PickedUser = UserDocument & { databaseNow: Date };

/** A user that a write has found, and the time of that write: null on a standalone server. */
export type Found = { user: PickedUser; time: ClusterTime | null };

/**
 * The users of one deployment. Every call sets its own read and write concern and reads the primary, whatever the connection's
 * defaults are, and has a time limit. The roll is changed only through `update`: one document, one atomic pipeline.
 */
export function createUserStore({
  connection,
  controlConnection = connection,
  model = userModel(connection),
  fields: { email = "email", passwordHash = "passwordHash" } = {},
  readConcern = "majority",
  operationMs = 1_900,
  beforeWrite,
  w = "majority",
}: UserStoreOptions) {
  const fields: FieldNames = { email, passwordHash };
  const inTurn = createTurns();
  const collectionBy = (by: Connection) => databaseOf(by, model.db.name).collection(model.collection.collectionName);
  const collection = () => collectionBy(model.db);
  // fresh objects at every call: the driver writes afterClusterTime into a shared ReadConcern
  const reading = (signal: AbortSignal) =>
    ({ readConcern: { level: readConcern }, readPreference: "primary", signal }) as const;
  const writing = (signal: AbortSignal) => ({ writeConcern: { w, j: w === "majority" }, signal });
  const stored = (field: string) => (field === "email" || field === "passwordHash" ? fields[field] : field);
  const projectionOf = ({ fields: picked, session, databaseNow }: Pick) => ({
    _id: 1,
    ...Object.fromEntries(picked.map((field) => [stored(field), 1])),
    ...(session !== undefined && { sessions: { $elemMatch: { id: session } } }),
    ...(databaseNow && { databaseNow: "$$NOW" }),
  });
  /** The same for an aggregation, whose projections know no `$elemMatch`. */
  const expressionsOf = (pick: Pick) => ({
    ...projectionOf(pick),
    ...(pick.session !== undefined && {
      sessions: { $filter: { input: "$sessions", as: "s", cond: { $eq: ["$$s.id", { $literal: pick.session }] } } },
    }),
  });
  // a linearizable read sees everything as it is, and takes no time to come after
  const ordered = <T>(after: ClusterTime | undefined, read: (session?: mongoose.mongo.ClientSession) => Promise<T>) =>
    inOrder(model.db, readConcern === "linearizable" ? undefined : after, read);
  /** Runs one write of a user, in its turn, and tells its time. */
  async function timed(
    by: Connection,
    filter: Filter,
    pick: Pick,
    write: (signal: AbortSignal, session: mongoose.mongo.ClientSession) => Promise<Record<string, unknown> | null>,
  ): Promise<Found | null> {
    // a session of its own tells the time of this write, and makes it wait for nothing that was read before;
    // the driver notes that time only where the session is causal
    const session = clientOf(by).startSession({ causalConsistency: true });
    try {
      const user = named(
        await inTurn(String(filter._id), () => bounded(operationMs, (signal) => write(signal, session))),
        pick,
      );
      return user && { user, time: session.operationTime ? toClusterTime(session.operationTime) : null };
    } finally {
      void session.endSession();
    }
  }

  const named = (document: Record<string, unknown> | null, { session }: Pick): PickedUser | null => {
    if (!document) return null;
    const { [email]: address, [passwordHash]: hash, ...rest } = document;
    const user = { ...rest, email: address, passwordHash: hash } as PickedUser;
    // a write that the driver sends again is answered with the document as it was logged: whole, whatever was picked
    if (session !== undefined && user.sessions) user.sessions = user.sessions.filter(({ id }) => id === session);
    return user;
  };

  return {
    fields,

    /** Where the users are. */
    get place() {
      return { database: model.db.name, collection: model.collection.collectionName };
    },

    /** The `_id` that this text stands for, or `undefined` where it can't be one. */
    parseId(text: string): unknown {
      const id = read(model.schema.path("_id")?.instance ?? "ObjectId", text);
      // one id has one spelling, so that a subject has one form
      return id !== undefined && String(id) === text ? id : undefined;
    },

    /** A new `_id` of the model's kind. */
    newId(): unknown {
      return model.schema.path("_id")?.instance === "String"
        ? new mongoose.mongo.ObjectId().toHexString()
        : new mongoose.mongo.ObjectId();
    },

    /**
     * One read by `_id` or another unique filter; null where there is none.
     * @param order the read sees everything up to `after`
     * @throws MusterError `STORE_UNREACHABLE`
     */
    async find(
      filter: Filter,
      pick: Pick,
      { after }: { after?: ClusterTime | undefined } = {},
    ): Promise<PickedUser | null> {
      const projection = projectionOf(pick);
      const read = (session?: mongoose.mongo.ClientSession) =>
        bounded(operationMs, (signal) =>
          collection().findOne(filter, { projection, ...reading(signal), ...(session && { session }) }),
        );
      return named(await ordered(after, read), pick);
    },

    /**
     * As `find`, and in the same command what holds for everybody. @throws MusterError `STORE_UNREACHABLE`
     */
    async findWithSystem(
      filter: Filter,
      pick: Pick,
      { after }: { after?: ClusterTime | undefined } = {},
    ): Promise<{ user: PickedUser; system: SystemState } | null> {
      const stages = [{ $match: filter }, { $limit: 1 }, { $project: expressionsOf(pick) }, withSystem];
      const read = async (session?: mongoose.mongo.ClientSession) => {
        const [found] = await bounded(operationMs, (signal) =>
          collection()
            .aggregate(stages, { ...reading(signal), ...(session && { session }) })
            .toArray(),
        );
        if (!found) return null;
        const { system, ...user } = found as Record<string, unknown> & { system: SystemDocument[] };
        return { user: named(user, pick)!, system: toSystemState(system[0]) };
      };
      return ordered(after, read);
    },

    /** Up to `limit` users in order of `_id`. @throws MusterError `STORE_UNREACHABLE` */
    async page(filter: Filter, pick: Pick, limit: number): Promise<PickedUser[]> {
      const projection = projectionOf(pick);
      const found = await bounded(operationMs, (signal) =>
        collection()
          .find(filter, { projection, sort: { _id: 1 }, limit, ...reading(signal) })
          .toArray(),
      );
      return found.map((document) => named(document, pick)!);
    },

    /**
     * Changes one user in one atomic write, acknowledged by a majority, and answers with the document as it was before or is after.
     * Null where the filter matched nothing: never a success. `time` is the write's own, null on a standalone server.
     * @throws MusterError `STORE_UNREACHABLE`: it may still happen
     */
    async update(
      name: string,
      filter: Filter,
      pipeline: Pipeline,
      { answer, pick, upsert = false, revokes = false, first }: UpdateOptions,
    ): Promise<Found | null> {
      const options = { returnDocument: answer, projection: projectionOf(pick), upsert };
      await beforeWrite?.(name);
      const by = revokes || first ? controlConnection : model.db;
      const written = collectionBy(by);
      if (!first)
        return timed(by, filter, pick, (signal, session) =>
          written.findOneAndUpdate(filter, pipeline, { ...options, session, ...writing(signal) }),
        );
      const { result, time } = await inTurn(String(filter._id), () =>
        inTransaction(by, operationMs, async (session, signal) => {
          await first(session, signal);
          return named(await written.findOneAndUpdate(filter, pipeline, { ...options, session, ...{ signal } }), pick);
        }),
      );
      return result && { user: result, time };
    },

    /**
     * Deletes one user, acknowledged by a majority, and answers with the document as it was. Null where the filter matched nothing: never a success.
     * @throws MusterError `STORE_UNREACHABLE`: it may still happen
     */
    async remove(name: string, filter: Filter): Promise<Found | null> {
      await beforeWrite?.(name);
      return timed(controlConnection, filter, { fields: [] }, (signal, session) =>
        collectionBy(controlConnection).findOneAndDelete(filter, {
          projection: { _id: 1 },
          session,
          ...writing(signal),
        }),
      );
    },

    /** Many small independent updates in one round trip, in no order. @throws MusterError `STORE_UNREACHABLE` */
    async updateMany(updates: { filter: Filter; update: Record<string, unknown> }[]): Promise<void> {
      await bounded(operationMs, (signal) =>
        collection().bulkWrite(
          updates.map((updateOne) => ({ updateOne })),
          { ordered: false, ...writing(signal) },
        ),
      );
    },

    /** Resolves when the primary answers. @throws MusterError `STORE_UNREACHABLE` */
    async ping(limitMs = operationMs): Promise<void> {
      await bounded(limitMs, (signal) =>
        collection().findOne({ _id: null as never }, { projection: { _id: 1 }, ...reading(signal) }),
      );
    },

    collection,
  };
}

const longestIdBytes = 200;

function read(kind: string, text: string): unknown {
  switch (kind) {
    case "ObjectId":
      return /^[0-9a-f]{24}$/.test(text) ? new mongoose.mongo.ObjectId(text) : undefined;
    case "Number":
      return /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
    case "UUID":
      return mongoose.mongo.UUID.isValid(text) ? new mongoose.mongo.UUID(text) : undefined;
    default:
      return text !== "" && text.isWellFormed() && Buffer.byteLength(text) <= longestIdBytes ? text : undefined;
  }
}

export type UserStore = ReturnType<typeof createUserStore>;
