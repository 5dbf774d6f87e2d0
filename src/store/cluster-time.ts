import mongoose from "mongoose";

/** A moment of the replica set: every majority-committed write has one, and the change stream tells them in this order. */
export type ClusterTime = bigint;

export const toClusterTime = (timestamp: unknown): ClusterTime =>
  (timestamp as InstanceType<typeof mongoose.mongo.Timestamp>).toBigInt();

export const fromClusterTime = (time: ClusterTime) => new mongoose.mongo.Timestamp(time);
