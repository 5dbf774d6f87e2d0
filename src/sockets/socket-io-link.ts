import type { Socket } from "socket.io";
import { MusterError } from "../errors.js";
import type { Carrier, Connection } from "./connection.js";
import type { Connections } from "./connections.js";
import { type End, endOf, isForNow } from "./end.js";

/** What every schema of events has in common. */
// biome-ignore lint/suspicious/noExplicitAny: socket.io's own default, which every other kind of socket is
export type AnySocket = Socket<any, any, any, any>;

/** What carries socket.io's packets: engine.io's connection, which several namespaces may share. */
type Conn = AnySocket["conn"];

/** One connection of engine.io, and the session that it belongs to. */
export type Link = {
  connection: Connection;
  /** The sockets of namespaces that go over it. */
  sockets: Set<AnySocket>;
};

/** What a client is told before it is disconnected: `{ code, reason }`, the code as a WebSocket of graphql-ws is closed with. */
export const endedEvent = "session_ended";

/** What stands in the way: told to the client as `connect_error`, with `data: { code, reason }`. */
export class ConnectionRefused extends Error {
  override readonly name = "ConnectionRefused";
  readonly data: { code: End["code"]; reason: string };

  constructor({ code, reason }: End) {
    super(reason);
    this.data = { code, reason };
  }
}

/** Keeps the sessions that engine.io's connections belong to: each belongs to one. */
export function createLinks({
  connections,
  sessionOf,
}: {
  connections: Connections;
  sessionOf: (token: string) => Promise<string>;
}) {
  const links = new WeakMap<Conn, Promise<Link>>();

  async function open(conn: Conn, token: string): Promise<Link> {
    const sockets = new Set<AnySocket>();
    let refusal: End | null = null;
    let isOpen = false;
    const carrier: Carrier = {
      // what an application emits goes out unasked
      asksFirst: false,
      cut(end) {
        refusal ??= end;
        links.delete(conn);
        if (isOpen) disconnect(conn, sockets, end);
      },
    };
    const connection = await connections.open(token, carrier);
    if (!connection) throw new ConnectionRefused(refusal ?? endOf(new MusterError("SESSION_REVOKED")));
    if (conn.readyState !== "open") connection.leave();
    conn.once("close", () => connection.leave());
    gate(conn, connection);
    isOpen = true;
    return { connection, sockets };
  }

  return {
    /** The link of a socket that shows this token. @throws ConnectionRefused, MusterError */
    async of({ conn }: AnySocket, token: string): Promise<Link> {
      const existing = links.get(conn);
      if (existing) {
        const link = await existing;
        if ((await sessionOf(token)) !== link.connection.sessionId) throw new MusterError("SESSION_MISMATCH");
        await link.connection.renew(token);
        await link.connection.admit();
        return link;
      }
      const opening = open(conn, token);
      links.set(conn, opening);
      opening.catch(() => links.delete(conn));
      return opening;
    },
  };
}

/** Lets a connection's packets out only while its session is known to live. */
function gate(conn: Conn, connection: Connection): void {
  const { write } = conn;
  conn.write = (...packet) => {
    void connection.deliver(() => void write.apply(conn, packet));
    return conn;
  };
}

/** A client that takes its packets so slowly that more than this waits for it is told nothing. */
const mostWaitingBytes = 65_536;

/** Tells why, and closes; what still waits to be sent is not sent. A client that is not told comes back by itself. */
function disconnect(conn: Conn, sockets: ReadonlySet<AnySocket>, end: End): void {
  if (isForNow(end)) return void conn.close();
  const { code, reason } = end;
  // from now on without asking: the prototype has the method that `gate` covers
  Reflect.deleteProperty(conn, "write");
  const { writeBuffer, transport } = conn as unknown as {
    writeBuffer?: unknown[];
    transport?: { socket?: { bufferedAmount?: number; terminate?(): void } };
  };
  if (Array.isArray(writeBuffer)) writeBuffer.length = 0;
  if ((transport?.socket?.bufferedAmount ?? 0) > mostWaitingBytes) transport?.socket?.terminate?.();
  const connected = [...sockets].filter((socket) => socket.connected);
  for (const socket of connected) socket.emit(endedEvent, { code, reason });
  for (const socket of connected) socket.disconnect();
  conn.close();
}
