import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ApolloServer } from "@apollo/server";
import { expressMiddleware } from "@as-integrations/express5";
import express from "express";
import mongoose from "mongoose";
import { createMuster, type MusterContext } from "muster-auth";
import { createGraphqlWs } from "muster-auth/graphql-ws";
import { protectSocketIo } from "muster-auth/socket.io";
import { Server } from "socket.io";
import { playOn } from "./game.js";

/** A game over socket.io, whose players sign in over GraphQL: one session for both, ended for both. */
export async function startServer({ mongodbUri, secret, port }: { mongodbUri: string; secret: string; port: number }) {
  const connection = mongoose.createConnection(mongodbUri);
  const muster = createMuster({ connection, secret });
  await muster.ready();
  const apollo = new ApolloServer<MusterContext>({
    schema: muster.schema,
    plugins: [muster.plugin],
    includeStacktraceInErrorResponses: false,
  });
  await apollo.start();
  const app = express();
  app.use("/graphql", express.json({ limit: "1mb" }), expressMiddleware(apollo, { context: muster.context }));
  const server = createServer(app);

  // a player whose connection was lost for a moment misses nothing, unless the session has ended meanwhile
  const io = new Server(server, { destroyUpgrade: false, connectionStateRecovery: { skipMiddlewares: false } });
  protectSocketIo(muster, io);
  playOn(io);

  // subscriptions, on the same port
  const sockets = createGraphqlWs(muster);
  server.on("upgrade", (request, socket, head) => {
    if (request.url === "/graphql") sockets.handleUpgrade(request, socket, head);
  });

  server.listen(port, "127.0.0.1");
  await once(server, "listening");

  async function close() {
    await sockets.close();
    await io.close();
    await apollo.stop();
    await muster.close();
    await connection.close();
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`, close };
}
