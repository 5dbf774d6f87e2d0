import mongoose from "mongoose";

/** Drops the database that this address names. For tests. */
export async function dropDatabase(uri: string): Promise<void> {
  const connection = await mongoose
    .createConnection(uri, { bufferCommands: false, serverSelectionTimeoutMS: 5_000 })
    .asPromise();
  try {
    await connection.dropDatabase();
  } finally {
    await connection.close();
  }
}
