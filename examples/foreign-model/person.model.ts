import mongoose, { type Connection } from "mongoose";

/** A user model as it was before Muster came: an `_id` that is text, a `login`, bcrypt hashes, and a `tenant` that nobody may lack. */
export type Person = {
  _id: string;
  login: string;
  password: string;
  tenant: string;
  displayName?: string;
};

const personSchema = new mongoose.Schema<Person>(
  {
    _id: { type: String, required: true },
    login: { type: String, required: true },
    password: { type: String, required: true },
    tenant: { type: String, required: true },
    displayName: String,
  },
  { collection: "people", timestamps: true },
);

export const personModel = (connection: Connection) => connection.model<Person>("Person", personSchema);
