import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type ExecutionArgs, execute, GraphQLError, type GraphQLSchema } from "graphql";
import { handleProtocols, MessageType, makeServer, stringifyMessage } from "graphql-ws";
import { type WebSocket, WebSocketServer } from "ws";
import { MusterError } from "../errors.js";
import {
  accessCookieOf,
  authorizationOf,
  clientOf,
  type MusterContext,
  originOf,
  type RequestLike,
} from "../graphql/context.js";
import { isOriginAllowed } from "../graphql/cookies.js";
import { createFormatError, findMusterError, isUnexpected, toGraphQLError } from "../graphql/format-error.js";
import { createSocketContext } from "../graphql/socket-context.js";
import { type Muster, partsOf } from "../muster.js";
import { parseBearer } from "../tokens/bearer.js";
import { tokenOf } from "./authorization.js";
import { type End, endOf } from "./end.js";
import { createLink, type Link } from "./link.js";
import { createPrepare } from "./prepare.js";
import { refuseUpgrade } from "./refuse-upgrade.js";

export type GraphqlWsOptions = {
  /** The schema that is served: one that `muster.protectSchema` made. Muster's own alone when left out. */
  schema?: GraphQLSchema;
  /** Origins whose pages may open connections, beside the server's own. A client that sends no `Origin` is no page. */
  origins?: readonly string[];
  /** Adds what your resolvers need to the context of each operation. */
  context?: (
    context: MusterContext,
    from: { request: RequestLike; connectionParams: Readonly<Record<string, unknown>> },
  ) => object | Promise<object>;
  /** Called with what went wrong unexpectedly; the client is told nothing of it. */
  onError?: (error: unknown) => void;
};

/** A server of the protocol `graphql-transport-ws`, for an HTTP server of yours. */
export type GraphqlWs = {
  /**
   * Opens a connection: for the event `upgrade` of a Node HTTP server, where the path is that of your GraphQL.
   *
   * @param seen the request as its client made it, where proxies stand before your server: address, host and protocol
   */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, seen?: RequestLike): void;
  /** Closes all connections with 1001, which clients come back from, and opens no more. */
  close(): Promise<void>;
};

/** As over HTTP. */
const mostBytes = 1_048_576;
const initLimitMs = 3_000;
/** How often a client is asked whether it is still there; one that did not answer the last time is gone. */
const heartbeatMs = 12_000;
const closeLimitMs = 1_000;

/**
 * Serves GraphQL over WebSockets, subscriptions above all. The client shows its access token in its first message,
 * `{ "authorization": "Bearer …" }`, and a newer one of the same session in the payload of a ping. What happens to its session happens to the
 * connection: `docs/sockets.md` has the close codes.
 */
export function createGraphqlWs(
  muster: Muster,
  { schema = muster.schema, origins = [], context = (base) => base, onError = () => {} }: GraphqlWsOptions = {},
): GraphqlWs {
  const parts = partsOf(muster);
  const { connections, socketLimits } = parts;
  const prepare = createPrepare(schema);
  const formatError = createFormatError({ schema });

  const told = (errors: readonly GraphQLError[]) =>
    errors.map((error) => {
      if (isUnexpected(error) || findMusterError(error)?.code === "SERVICE_UNAVAILABLE") onError(error);
      return formatError(error.toJSON(), error);
    });

  const protocol = makeServer<Record<string, unknown>, Link>({
    connectionInitWaitTimeout: initLimitMs,

    async onConnect({ extra: link, connectionParams }) {
      try {
        // a cookie comes under the rule for origins as every connection does
        const token =
          tokenOf(connectionParams) ?? parseBearer(authorizationOf(link.seen)) ?? accessCookieOf(parts, link.seen);
        if (token === null) return true;
        link.connection = await connections.open(token, link.carrier);
        if (link.isGone()) link.connection?.leave();
        return link.connection !== null;
      } catch (error) {
        if (!(error instanceof MusterError)) throw error;
        link.carrier.cut(endOf(error), null);
        return false;
      }
    },

    async onSubscribe({ extra: link, subscriptions, connectionParams = {} }, id, payload) {
      try {
        if (Object.keys(subscriptions).length > socketLimits.operationsPerSocket)
          throw new MusterError("TOO_MANY_OPERATIONS");
        const prepared = prepare(payload);
        if ("errors" in prepared) return prepared.errors;
        const base = createSocketContext(parts, {
          client: clientOf(link.seen),
          admit: link.admit,
          onWaitForEnd: () => link.waiting.set(id, args),
        });
        const contextValue = await context(base, { request: link.seen, connectionParams });
        const args: ExecutionArgs = { ...prepared.args, contextValue };
        return args;
      } catch (error) {
        if (error instanceof MusterError) return [toGraphQLError(error)];
        return [error instanceof GraphQLError ? error : new GraphQLError("", { originalError: error as Error })];
      }
    },

    onNext: (_, __, ___, ____, { errors, ...result }) => (errors ? { ...result, errors: told(errors) } : undefined),
    onError: (_, __, ___, errors) => told(errors),
    onComplete({ extra: link }, id) {
      link.waiting.delete(id);
    },
  });

  /** The last that an operation is told: made at once, or not at all. */
  function farewell(id: string, args: ExecutionArgs, { reason }: End, { connection }: Link): string | null {
    const result = execute({ ...args, rootValue: { sessionId: connection?.sessionId, reason } });
    if (result instanceof Promise) return null;
    const { errors, ...rest } = result;
    return stringifyMessage({
      id,
      type: MessageType.Next,
      payload: { ...rest, ...(errors && { errors: told(errors) }) },
    });
  }

  async function renew({ connection, carrier }: Link, payload: unknown): Promise<void> {
    try {
      const token = tokenOf(payload);
      if (token === null) return;
      if (!connection) throw new MusterError("SESSION_MISMATCH");
      await connection.renew(token);
    } catch (error) {
      if (!(error instanceof MusterError)) throw error;
      connection?.leave();
      carrier.cut(endOf(error), null);
    }
  }

  const options = { noServer: true, maxPayload: mostBytes, perMessageDeflate: false, closeTimeout: closeLimitMs };
  const server = new WebSocketServer({ ...options, handleProtocols });
  const silent = new WeakSet<WebSocket>();
  const heartbeat = setInterval(() => {
    for (const ws of server.clients) {
      if (silent.has(ws)) ws.terminate();
      silent.add(ws);
      ws.ping();
    }
  }, heartbeatMs).unref();

  function opened(ws: WebSocket, seen: RequestLike): void {
    // what is wrong with a frame closes its connection, and is nobody's fault here
    ws.on("error", () => {});
    ws.on("pong", () => silent.delete(ws));
    const link = createLink(ws, { seen, farewell, onPing: renew, onError });
    const closed = protocol.opened(link.socket, link);
    ws.once("close", (code, reason) => {
      link.connection?.leave();
      closed(code, String(reason)).catch(onError);
    });
  }

  return {
    handleUpgrade(request, socket, head, seen = request) {
      if (!isOriginAllowed({ ...originOf(seen), corsOrigins: origins })) {
        refuseUpgrade(socket, {
          status: 403,
          code: "FORBIDDEN",
          reason: "ORIGIN_NOT_ALLOWED",
          message: "Connections are not accepted from this origin.",
        });
        return;
      }
      server.handleUpgrade(request, socket, head, (ws) => opened(ws, seen));
    },
    async close() {
      clearInterval(heartbeat);
      const gone = new Promise((resolve) => server.close(resolve));
      for (const ws of server.clients) ws.close(1001, "Going away");
      await gone;
    },
  };
}
