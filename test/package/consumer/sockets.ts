import { createServer } from "node:http";
import type { Muster, Principal } from "muster-auth";
import { createGraphqlWs, type GraphqlWs } from "muster-auth/graphql-ws";
import { ConnectionRefused, protectSocketIo } from "muster-auth/socket.io";
import { Server } from "socket.io";

// Compiled, not run: what an application writes for live connections.

export function serveSockets(muster: Muster): GraphqlWs {
  const server = createServer();
  const io = new Server(server, { connectionStateRecovery: { skipMiddlewares: false } });
  protectSocketIo(muster, io, { anonymous: true, origins: ["https://app.example.com"] });
  io.on("connection", (socket) => {
    const principal = socket.data.principal as Principal | null;
    socket.emit("hello", principal?.userId);
  });
  const sockets = createGraphqlWs(muster, {
    schema: muster.schema,
    context: (context, { connectionParams }) => ({ ...context, locale: connectionParams.locale }),
    onError: (error) => console.error(error),
  });
  server.on("upgrade", (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, { headers: request.headers, protocol: "https" }),
  );
  return sockets;
}

export const isRefused = (error: unknown) => error instanceof ConnectionRefused && error.data.code === 4403;

// @ts-expect-error only what createMuster gave
export const wrong = () => createGraphqlWs({});
