import { once } from "node:events";
import type { FormattedExecutionResult } from "graphql";
import { onTestFinished } from "vitest";
import WebSocket from "ws";

/** How a WebSocket was closed. */
export type Closed = { code: number; reason: string };

type Message = { type: string; id?: string; payload?: unknown };

/** One operation over a socket. */
export type Operation = {
  id: string;
  /** What it was told so far. */
  events: FormattedExecutionResult<Record<string, unknown>>[];
  /** The next event that was not waited for yet. Rejects when the operation or the socket ends. */
  next(): Promise<FormattedExecutionResult<Record<string, unknown>>>;
  /** Resolves when it has ended: with what was wrong, where that was told. */
  ended: Promise<FormattedExecutionResult["errors"]>;
  complete(): void;
};

/** A client of `graphql-transport-ws` that does nothing by itself. */
export type TestSocket = {
  messages: Message[];
  closed: Promise<Closed>;
  /** Whether it is open still. */
  isOpen(): boolean;
  send(message: object | string): void;
  /** Resolves with the next message of this kind that comes. */
  receive(type: string): Promise<Message>;
  /** Runs an operation; resolves when the server has answered or has begun to listen. */
  subscribe(query: string, variables?: object): Operation;
  /** Shows a token, and resolves when the server has taken it. */
  renew(token: string): Promise<void>;
  terminate(): void;
};

const protocol = "graphql-transport-ws";
let ids = 0;

/** Opens a socket, without a word. */
export async function openSocket(
  url: string,
  options: WebSocket.ClientOptions & { protocols?: string[] } = {},
): Promise<TestSocket> {
  const { protocols = [protocol], ...rest } = options;
  const ws = new WebSocket(url.replace(/^http/, "ws"), protocols, rest);
  onTestFinished(() => ws.terminate());
  const messages: Message[] = [];
  const waiting = new Set<{ type: string; resolve: (message: Message) => void; reject: (error: Error) => void }>();
  const operations = new Map<string, { take(message: Message): void; fail(error: Error): void }>();
  const closed = new Promise<Closed>((resolve) => {
    ws.on("close", (code, reason) => resolve({ code, reason: String(reason) }));
  });
  ws.on("error", () => {});
  ws.on("message", (data) => {
    const message = JSON.parse(String(data)) as Message;
    messages.push(message);
    for (const each of waiting) {
      if (each.type !== message.type) continue;
      waiting.delete(each);
      each.resolve(message);
    }
    if (message.id !== undefined) operations.get(message.id)?.take(message);
  });
  void closed.then(({ code, reason }) => {
    const error = new Error(`closed with ${code} ${reason}`);
    for (const { reject } of waiting) reject(error);
    for (const { fail } of operations.values()) fail(error);
  });
  await once(ws, "open");

  const send = (message: object | string) => ws.send(typeof message === "string" ? message : JSON.stringify(message));
  const receive = (type: string) =>
    new Promise<Message>((resolve, reject) => {
      if (ws.readyState >= WebSocket.CLOSING) reject(new Error("closed"));
      waiting.add({ type, resolve, reject });
    });

  function subscribe(query: string, variables?: object): Operation {
    const id = `op-${ids++}`;
    const events: Operation["events"] = [];
    const takers: { resolve(event: Operation["events"][number]): void; reject(error: Error): void }[] = [];
    let taken = 0;
    let over: Error | null = null;
    let end!: (errors: FormattedExecutionResult["errors"]) => void;
    const ended = new Promise<FormattedExecutionResult["errors"]>((resolve) => {
      end = resolve;
    });
    const fail = (error: Error) => {
      over ??= error;
      for (const { reject } of takers.splice(0)) reject(over);
      end(undefined);
    };
    operations.set(id, {
      take({ type, payload }) {
        if (type === "next") {
          events.push(payload as Operation["events"][number]);
          const taker = takers.shift();
          if (taker) {
            taken++;
            taker.resolve(events.at(-1)!);
          }
        } else if (type === "error") {
          end(payload as FormattedExecutionResult["errors"]);
          fail(new Error(JSON.stringify(payload)));
        } else if (type === "complete") fail(new Error("complete"));
      },
      fail,
    });
    send({ id, type: "subscribe", payload: { query, variables } });
    return {
      id,
      events,
      ended,
      next: () =>
        new Promise((resolve, reject) => {
          const event = events[taken];
          if (event) {
            taken++;
            resolve(event);
          } else if (over) reject(over);
          else takers.push({ resolve, reject });
        }),
      complete: () => send({ id, type: "complete" }),
    };
  }

  return {
    messages,
    closed,
    isOpen: () => ws.readyState === WebSocket.OPEN,
    send,
    receive,
    subscribe,
    async renew(token) {
      const pong = receive("pong");
      send({ type: "ping", payload: { authorization: `Bearer ${token}` } });
      await pong;
    },
    terminate: () => ws.terminate(),
  };
}

/** Opens a socket and shows this token; without one it is anonymous. Rejects where the server does not take it. */
export async function connect(url: string, token?: string | null, options?: WebSocket.ClientOptions) {
  const socket = await openSocket(url, options);
  const ack = socket.receive("connection_ack");
  socket.send({ type: "connection_init", ...(token && { payload: { authorization: `Bearer ${token}` } }) });
  await ack;
  return socket;
}

/** How a socket that shows this token is turned away. */
export async function refusalOf(url: string, token: string): Promise<Closed> {
  const socket = await openSocket(url);
  socket.send({ type: "connection_init", payload: { authorization: `Bearer ${token}` } });
  return socket.closed;
}

/** Asks and answers one round trip: whatever was sent to this socket before has arrived then. */
export async function roundTrip(socket: TestSocket): Promise<void> {
  const pong = socket.receive("pong");
  socket.send({ type: "ping" });
  await pong;
}
