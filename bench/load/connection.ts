import { once } from "node:events";
import { connect } from "node:net";

/** A connection that is kept, with one request on it at a time. */
export type Connection = { send(request: Buffer): void; close(): void };

const headEnd = Buffer.from("\r\n\r\n");
const okStatus = "HTTP/1.1 200 ";

/**
 * Opens a connection that reads of HTTP/1.1 (RFC 9112) what this server's answers need: a status and a `content-length`.
 *
 * @param isGood looks at the body of an answer with status 200
 * @param onAnswer called once for each request; not good also where the connection is lost
 */
export async function openConnection(
  port: number,
  isGood: (body: Buffer) => boolean,
  onAnswer: (good: boolean) => void,
): Promise<Connection> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  await once(socket, "connect");
  let pending: Buffer = Buffer.alloc(0);
  let isWaiting = false;

  const answered = (good: boolean) => {
    isWaiting = false;
    onAnswer(good);
  };
  socket.on("data", (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    const headLength = pending.indexOf(headEnd);
    if (headLength < 0) return;
    const head = pending.toString("latin1", 0, headLength);
    const bodyStart = headLength + headEnd.length;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
    if (!(pending.length >= bodyStart + length)) return;
    const body = pending.subarray(bodyStart, bodyStart + length);
    pending = Buffer.alloc(0);
    answered(head.startsWith(okStatus) && isGood(body));
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    if (isWaiting) answered(false);
  });
  return {
    send(request) {
      isWaiting = true;
      socket.write(request);
    },
    close: () => socket.destroy(),
  };
}
