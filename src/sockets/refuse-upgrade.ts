import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type ErrorAnswer, errorBody } from "../http/answer.js";

/** Answers a request for a connection that is not opened, in GraphQL's shape, and closes. */
export function refuseUpgrade(socket: Duplex, answer: ErrorAnswer): void {
  socket.on("error", () => socket.destroy());
  const body = errorBody(answer);
  const head = [
    `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}`,
    "content-type: application/json; charset=utf-8",
    `content-length: ${Buffer.byteLength(body)}`,
    "cache-control: no-store",
    "connection: close",
    ...[...(answer.headers ?? [])].map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}
