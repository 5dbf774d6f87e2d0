import { io as connectTo, type Socket } from "socket.io-client";
import { onTestFinished } from "vitest";

/** How a client of socket.io was ended: what it was told before, and what it calls the disconnecting. */
export type Ended = { told: { code: number; reason: string } | null; disconnected: string };

export type SocketIoClient = { socket: Socket; ticks: number[]; ended: Promise<Ended> };

/** Connects a stock client with this token. @throws Error with `data`, where the server turns it away */
export async function connectSocketIo(
  url: string,
  token: string | null,
  options: Parameters<typeof connectTo>[1] = {},
): Promise<SocketIoClient> {
  const auth = token === null ? {} : { authorization: `Bearer ${token}` };
  const socket = connectTo(new URL(url).origin, { auth, transports: ["websocket"], forceNew: true, ...options });
  onTestFinished(() => void socket.close());
  const ticks: number[] = [];
  socket.on("tick", (n) => ticks.push(n));
  const ended = new Promise<Ended>((resolve) => {
    let told: Ended["told"] = null;
    socket.on("session_ended", (end) => {
      told = end;
    });
    socket.on("disconnect", (disconnected) => resolve({ told, disconnected }));
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", reject);
  });
  return { socket, ticks, ended };
}
