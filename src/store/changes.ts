import type { Connection } from "mongoose";
import { type ClusterTime, toClusterTime } from "./cluster-time.js";
import { databaseOf } from "./database-of.js";
import { registryCollection } from "./registry.js";
import { adminsId, strategyNoteId, systemCollection } from "./system.js";
import type { EndedEntry } from "./user.model.js";

/** What a change stream says. */
export type Change =
  | { kind: "beat"; beat: number; at: ClusterTime }
  | {
      kind: "user";
      userId: string;
      at: ClusterTime;
      /** Whether somebody may be waiting for this change to be applied. */
      revoking: boolean;
      /** There was no such user before: nobody's token can have ended. */
      inserted?: boolean;
      /** What the change says of ended sessions; those from before may be among them. */
      ended: EndedEntry[];
    }
  | { kind: "everything"; at: ClusterTime };

/** A change stream that is open: changes in their order, and a rejection when it is dead. */
export type ChangeSource = {
  next(): Promise<Change>;
  /** Makes a `next` that is waiting reject at once; resolves when the server has been told, which may take as long as it hangs. */
  close(): Promise<void>;
};

/** Opens a change stream of the users and of this instance's beats. */
export type OpenChanges = (instanceId: string) => ChangeSource;

type Event = {
  operationType: string;
  clusterTime: unknown;
  ns?: { coll?: string };
  documentKey?: { _id: unknown };
  updateDescription?: { updatedFields?: Record<string, unknown> };
  /** The whole document is there after an insert or a replacement: a small one that is changed much is logged as replaced. */
  fullDocument?: { beat?: number; ended?: EndedEntry[] };
};

const wholeCollection = ["drop", "rename", "dropDatabase", "invalidate"];

/**
 * A change stream of one database: the users' changes, but for those that only add and those of ignored fields alone, and the beats of
 * one instance; filtered by the server, so that what is delivered grows with the instances and not with their square.
 */
export function createChanges({
  connection,
  database,
  collection,
  ignoreFields = [],
  maxAwaitMs = 500,
}: {
  connection: Connection;
  /** The users' database and collection. */
  database: string;
  collection: string;
  ignoreFields?: readonly string[];
  maxAwaitMs?: number;
}): OpenChanges {
  return (instanceId) => {
    const onlyAdds = {
      operationType: "update",
      "updateDescription.updatedFields.grew": { $exists: true },
      "updateDescription.updatedFields.rev": { $exists: false },
    };
    const match = {
      $or: [
        { "ns.coll": registryCollection, "documentKey._id": instanceId, ...carriesBeat },
        { "ns.coll": collection, $nor: [onlyAdds, ...(ignoreFields.length > 0 ? [changesOnly(ignoreFields)] : [])] },
        // what holds for everybody
        { "ns.coll": systemCollection, "documentKey._id": { $nin: [adminsId, strategyNoteId] } },
        // another collection has taken the users' place
        { operationType: "rename", "to.coll": collection },
        { operationType: "dropDatabase" },
        { operationType: "invalidate" },
      ],
    };
    const project = {
      operationType: 1,
      clusterTime: 1,
      ns: 1,
      documentKey: 1,
      "updateDescription.updatedFields": 1,
      "fullDocument.beat": 1,
      "fullDocument.ended": 1,
    };
    const stream = databaseOf(connection, database).watch<never, Event>([{ $match: match }, { $project: project }], {
      maxAwaitTimeMS: maxAwaitMs,
      // whatever the connection's defaults are: a stream takes no other level
      readConcern: { level: "majority" },
      readPreference: "primary",
    });
    let fail = (_: Error) => {};
    return {
      next: () =>
        new Promise((resolve, reject) => {
          // the driver's own close does not end a read that hangs
          fail = reject;
          stream
            .next()
            .then((event) => toChange(event as unknown as Event, collection))
            .then(resolve, reject);
        }),
      close() {
        fail(new Error("the change stream was closed"));
        return stream.close();
      },
    };
  };
}

const carriesBeat = {
  $or: [
    { operationType: { $in: ["insert", "replace"] } },
    { "updateDescription.updatedFields.beat": { $exists: true } },
  ],
};

/** Updates of which every field, up to its first dot, is one of these. */
function changesOnly(fields: readonly string[]): object {
  const name = { $arrayElemAt: [{ $split: ["$$field.k", "."] }, 0] };
  const names = { $map: { input: { $objectToArray: "$updateDescription.updatedFields" }, as: "field", in: name } };
  return {
    operationType: "update",
    "updateDescription.removedFields": [],
    "updateDescription.truncatedArrays": { $in: [[], null] },
    $expr: { $setIsSubset: [names, fields] },
  };
}

function toChange(event: Event, collection: string): Change {
  const at = toClusterTime(event.clusterTime);
  const fields = event.updateDescription?.updatedFields ?? {};
  if (wholeCollection.includes(event.operationType) || event.ns?.coll === systemCollection)
    return { kind: "everything", at };
  if (event.ns?.coll !== collection) return { kind: "beat", beat: Number(fields.beat ?? event.fullDocument?.beat), at };
  return {
    kind: "user",
    userId: String(event.documentKey!._id),
    at,
    inserted: event.operationType === "insert",
    revoking: ["replace", "delete"].includes(event.operationType) || "rev" in fields,
    ended: event.fullDocument?.ended ?? endedIn(fields),
  };
}

/** A list that grew shows as `ended.3`, one that was pruned as the whole. */
function endedIn(fields: Record<string, unknown>): EndedEntry[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    name === "ended" ? (value as EndedEntry[]) : /^ended\.\d+$/.test(name) ? [value as EndedEntry] : [],
  );
}
