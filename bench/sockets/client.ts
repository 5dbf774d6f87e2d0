import { once } from "node:events";
import WebSocket from "ws";

/** A connection that listens to the news of its session, as an app would. */
export type SocketClient = {
  closed: Promise<{ atMs: number; code: number }>;
  isOpen(): boolean;
  /** How many events it was told. */
  told(): number;
  end(): void;
};

const batch = 50;

/** Opens connections with one token, spread over servers, some at a time. */
export async function openSockets(count: number, urls: readonly string[], token: string): Promise<SocketClient[]> {
  const clients: SocketClient[] = [];
  while (clients.length < count) {
    const some = Array.from({ length: Math.min(batch, count - clients.length) }, (_, index) =>
      openSocket(urls[(clients.length + index) % urls.length]!, token),
    );
    clients.push(...(await Promise.all(some)));
  }
  return clients;
}

async function openSocket(url: string, token: string): Promise<SocketClient> {
  const ws = new WebSocket(url.replace("http", "ws"), ["graphql-transport-ws"]);
  const closed = new Promise<{ atMs: number; code: number }>((resolve) => {
    ws.on("close", (code) => resolve({ atMs: performance.now(), code }));
  });
  await once(ws, "open");
  ws.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${token}` } }));
  await once(ws, "message");
  let told = 0;
  ws.on("message", () => told++);
  const query = "subscription { sessionEnded { reason } }";
  ws.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query } }));
  return { closed, isOpen: () => ws.readyState === WebSocket.OPEN, told: () => told, end: () => ws.terminate() };
}
