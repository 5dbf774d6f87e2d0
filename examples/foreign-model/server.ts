import { randomUUID } from "node:crypto";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import bcrypt from "bcryptjs";
import mongoose from "mongoose";
import { createMuster, type MusterContext } from "muster-auth";
import { personModel } from "./person.model.js";

/** Muster over the users that an application has had for years. They sign in with the passwords that they have. */
export async function startServer({ mongodbUri, secret, port }: { mongodbUri: string; secret: string; port: number }) {
  const connection = mongoose.createConnection(mongodbUri);

  const muster = createMuster({
    connection,
    secret,
    userModel: personModel(connection),
    // what the model calls its e-mail address and its password hash
    fields: { email: "login", passwordHash: "password" },
    // asked for hashes that are not argon2; at the login that it accepts, the hash becomes argon2id
    verifyPassword: (hash, password) => bcrypt.compare(password, hash),
    // what the model demands of a new user besides
    newUserFields: ({ email }) => ({ _id: randomUUID(), tenant: email.split("@")[1] }),
  });
  await muster.ready();

  const apollo = new ApolloServer<MusterContext>({
    schema: muster.schema,
    plugins: [muster.plugin],
    includeStacktraceInErrorResponses: false,
  });
  const { url } = await startStandaloneServer(apollo, { context: muster.context, listen: { port, host: "127.0.0.1" } });

  async function close() {
    await apollo.stop();
    await muster.close();
    await connection.close();
  }
  return { url, close };
}
