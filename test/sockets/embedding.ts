import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { makeExecutableSchema } from "@graphql-tools/schema";
import type { GraphQLSchema } from "graphql";
import mongoose from "mongoose";
import { Server } from "socket.io";
import { createMuster, type Muster, type MusterContext, type MusterOptions } from "../../src/index.js";
import { createQueue, type Queue } from "../../src/sessions/queue.js";
import { createGraphqlWs } from "../../src/sockets/graphql-ws.js";
import { protectSocketIo } from "../../src/sockets/socket-io.js";
import type { TestServer } from "../../src/testing/index.js";

/** An application that embeds Muster: a schema of its own over graphql-ws, and socket.io, on one port. */
export type Embedding = {
  url: string;
  muster: Muster;
  schema: GraphQLSchema;
  io: Server;
  /** Publishes a number to everybody who listens, by subscription or by socket.io's event `tick`. */
  publish(n: number): void;
  /** What went wrong unexpectedly. */
  faults: unknown[];
  close(): Promise<void>;
};

const typeDefs = /* GraphQL */ `
  type Query {
    whoAmI: String @public
    secret: String @requiresRole(roles: ["spy"])
    broken: String @public
    nest: Nest @public
  }

  type Nest {
    nest: Nest
    n: Int
  }

  type Subscription {
    ticks: Int! @authenticated
    openTicks: Int! @public
    spyTicks: Int @requiresRole(roles: ["spy"])
  }
`;

/** Joins the deployment of a test server that was started with this secret. */
export async function startEmbedding(
  joins: Pick<TestServer, "mongodbUri" | "clock">,
  {
    secret,
    socketIo = {},
    ...options
  }: Partial<MusterOptions> & { secret: string; socketIo?: ConstructorParameters<typeof Server>[1] },
): Promise<Embedding> {
  const connection = mongoose.createConnection(joins.mongodbUri);
  const muster = createMuster({
    connection,
    clock: joins.clock,
    hashing: { memoryKiB: 64, timeCost: 1, parallelism: 1 },
    ...options,
    secret,
    privateKey: undefined,
  });
  await muster.ready();

  const queues = new Set<Queue<number>>();
  const listen = () => {
    const queue = createQueue<number>({ onReturn: () => queues.delete(queue) });
    queues.add(queue);
    return queue.iterator;
  };
  const source = { subscribe: listen, resolve: (n: number) => n };
  const schema = muster.protectSchema(
    makeExecutableSchema({
      typeDefs: [muster.typeDefs, typeDefs],
      resolvers: [
        muster.resolvers,
        {
          Query: {
            whoAmI: (_: unknown, __: unknown, { principal }: MusterContext) => principal?.userId ?? "nobody",
            secret: () => "the secret",
            broken: () => {
              throw new Error("a detail of the server");
            },
          },
          Subscription: { ticks: source, openTicks: source, spyTicks: source },
        },
      ],
    }),
  );

  const faults: unknown[] = [];
  const server = createServer((_, response) => response.writeHead(404).end());
  const sockets = createGraphqlWs(muster, { schema, onError: (error) => faults.push(error) });
  // socket.io leaves other paths alone when it is told so
  const io = new Server(server, { destroyUpgrade: false, ...socketIo });
  protectSocketIo(muster, io);
  server.on("upgrade", (request, socket, head) => {
    if (request.url === "/graphql") sockets.handleUpgrade(request, socket, head);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  io.on("connection", (socket) => {
    socket.on("whoAmI", (answer) => answer(socket.data.principal));
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    muster,
    schema,
    io,
    publish(n) {
      for (const queue of queues) queue.push(n);
      io.emit("tick", n);
    },
    faults,
    async close() {
      await sockets.close();
      await io.close();
      await muster.close();
      await connection.close();
    },
  };
}
