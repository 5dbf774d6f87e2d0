import { once } from "node:events";
import { connect } from "node:net";

/** A connection that is kept, with one request on it at a time. */
export type Connection = {
  send(request: Buffer): void;
  /** Whether the server still has it open: it closes those that nobody uses. */
  isOpen(): boolean;
  close(): void;
};

/** What came back for a request; status 0 where the connection was lost. */
export type Answer = { status: number; body: Buffer };

const headEnd = Buffer.from("\r\n\r\n");
const statusAt = "HTTP/1.1 ".length;
export const lost: Answer = { status: 0, body: Buffer.alloc(0) };

/**
 * Opens a connection that reads of HTTP/1.1 (RFC 9112) what this server's answers need: a status and a `content-length`.
 *
 * @param onAnswer called once for each request
 */
export async function openConnection(port: number, onAnswer: (answer: Answer) => void): Promise<Connection> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  await once(socket, "connect");
  let pending: Buffer = Buffer.alloc(0);
  let isWaiting = false;
  const isOpen = () => socket.readyState === "open";

  const answered = (answer: Answer) => {
    isWaiting = false;
    onAnswer(answer);
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
    answered({ status: Number(head.slice(statusAt, statusAt + 3)), body });
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    if (isWaiting) answered(lost);
  });
  return {
    send(request) {
      isWaiting = true;
      if (isOpen()) socket.write(request);
      else setImmediate(answered, lost);
    },
    isOpen,
    close: () => socket.destroy(),
  };
}
