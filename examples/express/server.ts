import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { ApolloServer } from "@apollo/server";
import { expressMiddleware } from "@as-integrations/express5";
import { makeExecutableSchema } from "@graphql-tools/schema";
import express from "express";
import mongoose from "mongoose";
import { createMuster, type MusterContext } from "muster-auth";
import { resolvers, typeDefs } from "./schema.js";

/** Muster inside an application that has an Apollo Server of its own, over Express. */
export async function startServer({ mongodbUri, secret, port }: { mongodbUri: string; secret: string; port: number }) {
  const connection = mongoose.createConnection(mongodbUri);
  const muster = createMuster({ connection, secret, typeNames: { User: "Account" } });
  await muster.ready();

  // the directives hold in the whole schema, the application's part of it too
  const schema = muster.protectSchema(
    makeExecutableSchema({
      typeDefs: [muster.typeDefs, typeDefs],
      resolvers: [muster.resolvers, resolvers],
    }),
  );
  const apollo = new ApolloServer<MusterContext>({
    schema,
    plugins: [muster.plugin],
    includeStacktraceInErrorResponses: false,
  });
  await apollo.start();

  const app = express();
  app.use("/graphql", express.json({ limit: "1mb" }), expressMiddleware(apollo, { context: muster.context }));
  const server = app.listen(port, "127.0.0.1");
  await once(server, "listening");

  async function close() {
    await apollo.stop();
    server.closeAllConnections();
    server.close();
    await muster.close();
    await connection.close();
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`, close };
}
