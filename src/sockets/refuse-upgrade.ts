import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type ErrorAnswer, errorBody } from "../http/answer.js";

/** Answers a request for a connection that is not opened, in GraphQL's shape, and closes. */
export function refuseUpgrade(socket: Duplex, answer: ErrorAnswer): void {
  const body = errorBody(answer);
  const head = [
    `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}`,
    "content-type: application/json; charset=utf-8",
    `content-length: ${Buffer.byteLength(body)}`,
    "cache-control: no-store",
    "connection: close",
    ...[...(answer.headers ?? [])].map(([name, value]) => `${name}: ${value}`),
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
  endSocket(socket);
}

const lingerMs = 1_000;

/** Ends a connection whose last answer has been written: at once it could be lost, where the other side is still sending. */
export function endSocket(socket: Duplex): void {
  socket.on("error", () => socket.destroy());
  socket.resume();
  socket.end();
  const timer = setTimeout(() => socket.destroy(), lingerMs).unref();
  socket.once("end", () => socket.destroy());
  socket.once("close", () => clearTimeout(timer));
}
