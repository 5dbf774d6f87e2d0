import type { Namespace, Server } from "socket.io";
import type { Admitted } from "../authenticate.js";
import { MusterError } from "../errors.js";
import { isOriginAllowed } from "../graphql/cookies.js";
import { maskedMessage } from "../graphql/format-error.js";
import { type Muster, partsOf } from "../muster.js";
import { parseBearer } from "../tokens/bearer.js";
import type { AccessClaims } from "../tokens/claims.js";
import { tokenOf } from "./authorization.js";
import { endOf, isForNow } from "./end.js";
import { type AnySocket, ConnectionRefused, createLinks } from "./socket-io-link.js";

export { ConnectionRefused } from "./socket-io-link.js";

export type SocketIoOptions = {
  /** Lets clients in that show no token; `socket.data.principal` is null then. */
  anonymous?: boolean;
  /** Origins whose pages may connect, beside the server's own. A client that sends no `Origin` is no page. */
  origins?: readonly string[];
};

/** What a client sends to show a newer token of its session: `{ authorization: "Bearer …" }`, and an acknowledgement if it wants one. */
const renewEvent = "session_renew";

type AnyServer = Pick<Server, "_nsps" | "_opts" | "on">;
type AnyNamespace = Pick<Namespace, "adapter" | "on" | "use">;

/**
 * Binds a socket.io server's connections to Muster's sessions, in every namespace. A client shows its access token in `auth`
 * (`{ authorization: "Bearer …" }`, or `{ token }`) or in the header `Authorization`. When its session ends, whatever ended it, it gets the event `session_ended`
 * with `{ code, reason }` and is disconnected; nothing is sent to it after the mutation that ended the session has returned. Handlers
 * find who it is in `socket.data.principal`, with the roles of that moment.
 *
 * Call it once, after `io.adapter(…)` and before clients come.
 *
 * @throws TypeError where `connectionStateRecovery` is on and its `skipMiddlewares` is not off: a recovered connection is looked at too
 */
export function protectSocketIo(
  muster: Muster,
  io: AnyServer,
  { anonymous = false, origins = [] }: SocketIoOptions = {},
): void {
  const { authenticate, connections } = partsOf(muster);
  const recovery = io._opts.connectionStateRecovery;
  if (recovery && recovery.skipMiddlewares !== false)
    throw new TypeError(
      "Set connectionStateRecovery.skipMiddlewares to false: a recovered connection is looked at too.",
    );

  const links = createLinks({ connections, sessionOf: async (token) => (await authenticate.read(token)).sid });
  /** What restored connections have missed, by their `data`. */
  const missed = new WeakMap<object, unknown[][]>();

  /** socket.io sends what was missed before any middleware has run: it is kept until the connection has been let in. */
  function guardRecovery(namespace: AnyNamespace): void {
    const { adapter } = namespace;
    const restore = adapter.restoreSession.bind(adapter);
    adapter.restoreSession = async (id, offset) => {
      const session = await restore(id, offset);
      if (!session) return session;
      missed.set(session.data as object, session.missedPackets);
      return { ...session, missedPackets: [] };
    };
    namespace.on("connection", (socket) => {
      const packets = missed.get(socket.data) ?? [];
      missed.delete(socket.data);
      // each ends with its old place in the stream, and gets a new one
      for (const packet of packets) socket.emit(...(packet.slice(0, -1) as [string, ...unknown[]]));
    });
  }

  async function admit(socket: AnySocket): Promise<void> {
    const { headers, secure } = socket.handshake;
    const { origin, host } = headers;
    if (!isOriginAllowed({ origin, host, protocol: secure ? "https" : "http", corsOrigins: origins }))
      throw new MusterError("ORIGIN_NOT_ALLOWED");

    const before = socket.recovered ? (socket.data as Partial<SocketData>).muster : undefined;
    if (socket.recovered && !missed.has(socket.data)) throw new MusterError("SESSION_MISMATCH");
    const token = handshakeToken(socket);
    if (token === null) {
      if (!anonymous || before) throw new MusterError("TOKEN_MISSING");
      socket.data.principal = null;
      return;
    }

    const { connection, sockets } = await links.of(socket, token);
    if (socket.recovered && before?.sid !== connection.sessionId) throw new MusterError("SESSION_MISMATCH");
    sockets.add(socket);
    socket.on("disconnect", () => sockets.delete(socket));
    place(socket, await connection.admit());

    // before each event that comes in, in their order
    let turn = Promise.resolve();
    socket.use(([event, payload, acknowledge], next) => {
      turn = turn.then(async () => {
        try {
          if (event === renewEvent) await connection.renew(tokenOf(payload) ?? "");
          place(socket, await connection.admit());
          if (event !== renewEvent) next();
          else if (typeof acknowledge === "function") acknowledge();
        } catch (error) {
          // whom it concerns has been disconnected: the event goes nowhere
          if (!(error instanceof MusterError)) next(new Error(maskedMessage));
        }
      });
    });
  }

  function protect(namespace: AnyNamespace): void {
    if (recovery) guardRecovery(namespace);
    namespace.use((socket, next) => {
      admit(socket).then(
        () => next(),
        (error) => {
          const refusal = refusalOf(error);
          // one that is told is one that does not come back by itself
          if (refusal instanceof ConnectionRefused && isForNow(refusal.data)) socket.conn.close();
          next(refusal);
        },
      );
    });
  }
  for (const namespace of io._nsps.values()) protect(namespace);
  io.on("new_namespace", protect);
}

function refusalOf(error: unknown): Error {
  if (error instanceof MusterError) return new ConnectionRefused(endOf(error));
  return error instanceof ConnectionRefused ? error : new Error(maskedMessage);
}

/** What is kept in `socket.data`. */
type SocketData = { muster: Pick<AccessClaims, "sid"> };

function place(socket: AnySocket, { principal }: Admitted): void {
  socket.data.principal = principal;
  // whose it is, when it comes back after its connection was lost
  socket.data.muster = { sid: principal.sessionId } satisfies SocketData["muster"];
}

function handshakeToken({ handshake: { auth, headers } }: AnySocket): string | null {
  const { token } = auth;
  if (token !== undefined && token !== null && token !== "") {
    if (typeof token !== "string") throw new MusterError("TOKEN_INVALID");
    return token;
  }
  return tokenOf(auth) ?? parseBearer(headers.authorization);
}
