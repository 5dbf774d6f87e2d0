import mongoose from "mongoose";
import type { SessionElement, UserDocument } from "../../src/store/user.model.js";

/** What an operator sees and does by hand in the database. */
export type Operator = {
  userOf(email: string): Promise<UserDocument>;
  /** The session as it is stored; the test fails where it is not. */
  sessionOf(email: string, id: string): Promise<SessionElement>;
  set(email: string, fields: Record<string, unknown>): Promise<void>;
  /** Lets a session's last rotation have been so many seconds earlier. */
  ageRotation(email: string, id: string, seconds: number): Promise<void>;
  database: mongoose.mongo.Db;
  /** All that is stored, as text. */
  dump(): Promise<string>;
  close(): Promise<void>;
};

export async function openOperator(mongodbUri: string): Promise<Operator> {
  const client = await mongoose.mongo.MongoClient.connect(mongodbUri, { serverSelectionTimeoutMS: 10_000 });
  const database = client.db();
  const users = database.collection<UserDocument>("users");
  const userOf: Operator["userOf"] = async (email) => {
    const user = await users.findOne({ email }, { readConcern: "majority" });
    if (!user) throw new Error("There is no such user.");
    return user;
  };
  const changeOne = async (filter: object, update: object) => {
    const { matchedCount } = await users.updateOne(filter, update, { writeConcern: { w: "majority" } });
    if (matchedCount !== 1) throw new Error("There is no such user or session.");
  };
  return {
    userOf,
    async sessionOf(email, id) {
      const session = (await userOf(email)).sessions.find((each) => each.id === id);
      if (!session) throw new Error("There is no such session.");
      return session;
    },
    set: (email, fields) => changeOne({ email }, { $set: fields }),
    async ageRotation(email, id, seconds) {
      const earlier = { $subtract: ["$$s.rotatedAt", seconds * 1_000] };
      const aged = { $cond: [{ $eq: ["$$s.id", id] }, { $mergeObjects: ["$$s", { rotatedAt: earlier }] }, "$$s"] };
      await changeOne({ email, "sessions.id": id }, [
        { $set: { sessions: { $map: { input: "$sessions", as: "s", in: aged } } } },
      ]);
    },
    database,
    async dump() {
      const names = (await database.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
      const all = names.map((name) => database.collection(name).find({}, { readConcern: "majority" }).toArray());
      return mongoose.mongo.BSON.EJSON.stringify(await Promise.all(all));
    },
    close: () => client.close(),
  };
}
