import type { ExecutionArgs } from "graphql";
import type { WebSocket as ProtocolSocket } from "graphql-ws";
import type { WebSocket } from "ws";
import type { Admitted } from "../authenticate.js";
import type { RequestLike } from "../graphql/context.js";
import type { Carrier, Connection } from "./connection.js";
import type { End } from "./end.js";

/** One WebSocket, and the session that it belongs to. */
export type Link = {
  /** The request that it was opened with, as its client made it. */
  seen: RequestLike;
  carrier: Carrier;
  /** Null before it has shown a token, and while it is anonymous. */
  connection: Connection | null;
  /** Whether the other side has gone. */
  isGone(): boolean;
  /** Who it is now; null for anonymous. @throws MusterError when it has ended */
  admit(): Admitted | null | Promise<Admitted | null>;
  /** The operations that are told of the session's end. */
  waiting: Map<string, ExecutionArgs>;
  /** The socket in the form that the protocol's implementation takes. */
  socket: ProtocolSocket;
};

/** A client that takes its messages so slowly that more than this waits for it gets no farewell, and nothing of what waits. */
const mostWaitingBytes = 65_536;

/** The reasons that graphql-ws gives quote the client, or are longer than a close reason may be. */
const reasons: Record<number, string> = { 4409: "Subscriber already exists" };
const internalError = 4500;
const badRequest = 4400;

/**
 * @param farewell what an operation that waits for the session's end is told; null where it can't be told at once
 * @param onPing called with each ping's payload before it is answered
 */
export function createLink(
  ws: WebSocket,
  {
    seen,
    farewell,
    onPing,
    onError,
  }: {
    seen: RequestLike;
    farewell: (id: string, args: ExecutionArgs, end: End, link: Link) => string | null;
    onPing: (link: Link, payload: unknown) => Promise<void>;
    onError: (error: unknown) => void;
  },
): Link {
  let isCut = false;
  let last: Admitted | null = null;
  const isOpen = () => !isCut && ws.readyState === ws.OPEN;
  const sendNow = (data: string) =>
    new Promise<void>((resolve) => {
      if (isOpen()) ws.send(data, () => resolve());
      else resolve();
    });

  const link: Link = {
    seen,
    connection: null,
    waiting: new Map(),
    isGone: () => ws.readyState === ws.CLOSED,
    // what is said at the end is said to whom it was
    admit: () => (isCut ? last : (link.connection?.admit() ?? null)),

    carrier: {
      asksFirst: true,
      cut(end, admitted) {
        if (isCut) return;
        isCut = true;
        last = admitted;
        if (ws.bufferedAmount > mostWaitingBytes) return ws.terminate();
        if (end.isOfSession) {
          for (const [id, args] of link.waiting) {
            const told = farewell(id, args, end, link);
            if (told !== null) ws.send(told);
          }
        }
        ws.close(end.code, end.reason);
      },
    },

    socket: {
      protocol: ws.protocol,
      // what it gives is waited for before the next event of an operation is asked for
      send: async (data) => {
        if (!isOpen()) return;
        await (link.connection ? link.connection.deliver(() => sendNow(data)) : sendNow(data));
      },
      close: (code, reason) => {
        if (isOpen()) ws.close(code, (code === undefined ? undefined : reasons[code]) ?? reason);
      },
      onMessage: (handle) => {
        ws.on("message", (data, isBinary) => {
          if (!isOpen()) return;
          if (isBinary) return ws.close(badRequest, "Invalid message received");
          handle(String(data)).catch((error) => {
            const isClients = /^Unexpected message of type/.test((error as Error).message);
            if (!isClients) onError(error);
            if (isOpen())
              ws.close(
                isClients ? badRequest : internalError,
                isClients ? "Invalid message received" : "Internal server error",
              );
          });
        });
      },
      onPing: async (payload) => {
        await onPing(link, payload);
        if (ws.bufferedAmount > mostWaitingBytes) return ws.terminate();
        await sendNow('{"type":"pong"}');
      },
    },
  };
  return link;
}
