import { type IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { FastifyInstance } from "fastify";
import type { GraphqlWs } from "../sockets/graphql-ws.js";
import { endSocket, refuseUpgrade } from "../sockets/refuse-upgrade.js";
import { badRequest, notFound } from "./answer.js";
import { asClientMadeIt } from "./client-request.js";
import { graphqlPath } from "./graphql-route.js";

/**
 * Opens WebSockets at the path of GraphQL. A request for one goes through the router like any other, so that it is seen through the
 * trusted proxies like any other, and leaves it at once.
 *
 * NOTE: Node gives every request that asks for an upgrade to this, one for HTTP/2 without TLS (`Upgrade: h2c`) too; that is refused with 400.
 */
export function routeUpgrades(app: FastifyInstance, sockets: GraphqlWs): void {
  const upgrades = new WeakMap<IncomingMessage, { response: ServerResponse; socket: Duplex; head: Buffer }>();

  app.server.on("upgrade", (request, socket, head) => {
    const response = new ServerResponse(request);
    upgrades.set(request, { response, socket, head });
    socket.on("error", () => socket.destroy());
    // an answer that is none of ours, to an address that can't be read for instance
    response.assignSocket(socket as never);
    response.shouldKeepAlive = false;
    response.on("finish", () => endSocket(socket));
    app.routing(request, response);
  });

  app.addHook("onRequest", async (request, reply) => {
    const upgrade = upgrades.get(request.raw);
    if (!upgrade) return;
    const { response, socket, head } = upgrade;
    reply.hijack();
    response.detachSocket(socket as never);
    if (request.routeOptions.url !== graphqlPath) return refuseUpgrade(socket, notFound);
    if (request.method !== "GET" || request.headers.upgrade?.toLowerCase() !== "websocket")
      return refuseUpgrade(socket, badRequest("The connection can be upgraded to a WebSocket alone."));
    sockets.handleUpgrade(request.raw, socket, head, asClientMadeIt(request));
  });

  // before the server waits for connections to end: these do not by themselves
  app.addHook("preClose", () => sockets.close());
}
